"""Services rebuilt on loopback, strict to their wire protocols, for tests and benchmarks."""
