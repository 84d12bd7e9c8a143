"""Closes the ways from Python into JavaScript that Pyodide offers on purpose.

Hardening, never counted as a wall: code that looks for long enough finds other ways, and meets the walls.
"""

import sys

from _pyodide._importhook import jsfinder

_HIDDEN = ("js", "pyodide_js")


def install():
    """`import js` and everything built on it fails with ModuleNotFoundError. In a worker, not in an image: the objects
    have fixed places in Pyodide's table, which keeping an image looks for."""
    for name in _HIDDEN:
        jsfinder.jsproxies.pop(name, None)
        sys.modules.pop(name, None)
