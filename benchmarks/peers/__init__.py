"""Programs that use what one would take instead of rushes, each in an environment of its own."""
