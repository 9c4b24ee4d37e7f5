"""The services that run jobs, one module each, all with the same few methods."""
