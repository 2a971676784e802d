"""What every figure means and how it is computed: one place, made from the code."""
