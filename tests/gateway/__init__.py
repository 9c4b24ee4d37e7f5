"""Tests of the gateway: routes in this process, and `rushes serve` as a process of its own."""
