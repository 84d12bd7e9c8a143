"""Packages: what a program imports, wheels, and what would install them."""
