"""Finding anything: one file for each kind of thing, and what gathers them."""
