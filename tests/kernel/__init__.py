"""Real kernels, without a page."""
