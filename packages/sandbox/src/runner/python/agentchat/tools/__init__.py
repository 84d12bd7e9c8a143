"""Functions of the host that a cell may call."""
