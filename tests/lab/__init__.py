"""JupyterLab as people use it: a real server, real kernels, a real browser."""
