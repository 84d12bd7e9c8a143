"""The half of the runner that is Python: runs cells and describes what came of them."""
