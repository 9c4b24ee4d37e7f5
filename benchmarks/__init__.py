"""Measures rushes and its published peers, in one run, against the same emulated services."""
