"""Emulated services, each run as a process of its own."""
