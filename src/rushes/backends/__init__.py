"""The services that run jobs: one folder each, all with the same few methods."""
