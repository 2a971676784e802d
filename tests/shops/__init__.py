"""Small shops whose numbers were worked out by hand, and the way they come in."""
