"""The contract's models: requests, results and errors, without I/O and HTML.

The contract itself is docs/reference/contract.md.
"""
