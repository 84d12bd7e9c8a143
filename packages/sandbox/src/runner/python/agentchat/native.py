"""The way to libraries of the host, of which `agentchat_ffi` is the public half.

Which ones may be opened is decided by Deno and by the host; nothing in this module protects anything.
"""

import errno
import json

from pyodide.ffi import JsException

from . import host

_open = None


def connect_libraries(open_library):
    """A worker has come up: `open_library` is the runner's JavaScript function, or None where none is granted."""
    global _open
    _open = open_library


def open_library(path):
    """The runner's object for the library at `path`, an absolute path or a name for the system to look up."""
    if _open is None:
        host.call("ffi.open", path=path[:5000])
    try:
        return _open(path)
    except JsException as error:
        raise _exception(error, json.dumps(path, ensure_ascii=False)) from None


def _exception(error, path):
    message = f"Cannot open the library {path}: {error.message}"
    if error.name == "denied":
        return PermissionError(errno.EACCES, message)
    if "cannot open shared object file" in message:
        message += ' (what a library needs itself must be in "allowFfi" too)'
    return OSError(message)
