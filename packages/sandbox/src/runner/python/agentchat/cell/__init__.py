"""A program: its source, its module, its streams, its failure, its end."""
