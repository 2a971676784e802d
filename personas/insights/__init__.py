"""Pages about the whole shop: one module and one template a page."""
