"""Programs that use rushes, each run as a process of its own and measured from outside."""
