"""Parts of Python's library that Pyodide lacks or that expect another system."""
