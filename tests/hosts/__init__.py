"""marimo and Voila as people use them: a real server, a real kernel, a real browser."""
