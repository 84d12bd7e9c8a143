"""Programs of the host, and their streams."""
