"""Breadth: many takes at once, and what people think of them."""
