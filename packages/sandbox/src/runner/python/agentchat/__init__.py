"""The half of the runner that is Python: runs cells and describes what came of them.

`interpreter` is what the runner's JavaScript calls, `host` is how the rest asks the host; each folder is one subject.
"""

from . import bound

# Before any other module of this package is imported.
bound.keep_builtins()
