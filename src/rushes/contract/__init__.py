"""The words of the contract: requests, results and errors, without I/O and without HTML."""
