"""The widgets in hosts that are no part of Jupyter's own pages."""
