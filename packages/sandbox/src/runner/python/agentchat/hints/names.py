"""Hints for names that are not there."""

import builtins
import re
import sys

from .notebook import NO_SHELL, is_shell_name
from .text import nearest, quoted

_MAX_SCOPE = 2000

OLD_MODULES = {
    "urllib2": "urllib.request",
    "urlparse": "urllib.parse",
    "httplib": "http.client",
    "cookielib": "http.cookiejar",
    "StringIO": "io.StringIO",
    "cStringIO": "io.StringIO",
    "cPickle": "pickle",
    "ConfigParser": "configparser",
    "Queue": "queue",
    "HTMLParser": "html.parser",
    "__builtin__": "builtins",
    "commands": "subprocess, which needs processes, or plain Python",
    "sets": "the type set",
}
# Of Python 3, and no more.
GONE_MODULES = {
    "imp": "importlib",
    "distutils": "setuptools, packaging or sysconfig",
    "asyncore": "asyncio",
    "asynchat": "asyncio",
    "cgi": "urllib.parse or email.message",
    "cgitb": "traceback",
    "crypt": "hashlib",
    "imghdr": "the first bytes of the file",
    "pipes": "subprocess",
    "telnetlib": "socket",
}
_OLD_NAMES = {
    "xrange": "range",
    "unicode": "str",
    "basestring": "str",
    "long": "int",
    "raw_input": "input",
    "unichr": "chr",
    "reduce": "functools.reduce",
    "cmp": "(a > b) - (a < b)",
    "execfile": "exec(open(...).read())",
    "reload": "importlib.reload",
    "file": "open",
}
_OLD_METHODS = {
    "has_key": "`key in dictionary`",
    "iteritems": "`.items()`",
    "iterkeys": "`.keys()`",
    "itervalues": "`.values()`",
}
_ALIASES = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "plt": "import matplotlib.pyplot as plt",
    "mpl": "import matplotlib as mpl",
    "sns": "import seaborn as sns",
    "sp": "import scipy as sp",
    "px": "import plotly.express as px",
    "go": "import plotly.graph_objects as go",
    "alt": "import altair as alt",
    "nx": "import networkx as nx",
    "tf": None,
    "dt": "import datetime as dt",
    "ET": "import xml.etree.ElementTree as ET",
    "BeautifulSoup": "from bs4 import BeautifulSoup",
    "Image": "from PIL import Image",
    "tqdm": "from tqdm import tqdm",
}
_HOMES = {
    "collections": "Counter defaultdict deque namedtuple OrderedDict ChainMap",
    "datetime": "timedelta timezone",
    "pathlib": "Path",
    "io": "StringIO BytesIO",
    "typing": "List Dict Tuple Set Optional Union Any Callable Iterable Iterator TypeVar Generic Literal NamedTuple",
    "dataclasses": "dataclass field",
    "functools": "reduce lru_cache partial wraps cmp_to_key",
    "itertools": "permutations combinations product chain groupby accumulate islice zip_longest",
    "math": "sqrt sin cos tan log log2 log10 exp pi factorial gcd ceil floor comb hypot radians",
    "random": "randint shuffle randrange",
    "statistics": "mean median stdev",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "enum": "Enum IntEnum",
    "abc": "ABC abstractmethod",
    "pprint": "pprint",
    "time": "sleep perf_counter",
    "copy": "deepcopy",
    "urllib.request": "urlopen",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}
_LOCAL = re.compile(r"local variable '(\w+)'")
_COMMA_IN_EXCEPT = re.compile(r"^\s*except\s+[\w.]+\s*,\s*(\w+)\s*:")


def of_name(failure):
    name = failure.error.name
    if isinstance(failure.error, UnboundLocalError):
        name = (_LOCAL.search(failure.message) or ("", None))[1]
    if type(name) is not str or not failure.user_frames:
        return None
    if isinstance(failure.error, UnboundLocalError):
        return (
            f"{quoted(name)} is assigned somewhere in this function, so it is local to all of it and has no value yet here. Assign it "
            f"before, or write `global {name}` (`nonlocal {name}` for a variable of an outer function) at the start of the function."
        )
    if name in ("In", "Out"):
        return f"{quoted(name)} is a name of notebooks: keep values in variables; `_` is the last result of a session."
    if is_shell_name(failure.line_text()):
        return NO_SHELL
    return _old_except(failure, name) or _not_imported(name) or _near(failure, name)


def _old_except(failure, name):
    for frame, _line in failure.user_frames[-1:]:
        first = frame.f_code.co_firstlineno if frame.f_code.co_name != "<module>" else 1
        for number in range(first, min(len(failure.source_lines), first + _MAX_SCOPE) + 1):
            match = _COMMA_IN_EXCEPT.match(failure.source_lines[number - 1])
            if match and match[1] == name:
                return f"Line {number} is Python 2, and here runs Python 3: write `except ... as {name}:` instead of `except ..., {name}:`."
    if name in _OLD_NAMES:
        return f"{quoted(name)} is Python 2, and here runs Python 3: use `{_OLD_NAMES[name]}`."
    return None


def _not_imported(name):
    if _ALIASES.get(name):
        return f"{quoted(name)} was not imported: write `{_ALIASES[name]}` first."
    if name in _HOME_OF:
        return f"{quoted(name)} was not imported: write `from {_HOME_OF[name]} import {name}` first."
    if name in sys.stdlib_module_names and not name.startswith("_"):
        return f"The module {quoted(name)} was not imported: write `import {name}` first."
    return None


def _near(failure, name):
    frame = failure.frames[-1][0]
    if name in ("null", "true", "false"):
        return f"{quoted(name)} is JSON: in Python it is {dict(null='None', true='True', false='False')[name]}."
    scope = [*list(frame.f_locals)[:_MAX_SCOPE], *list(frame.f_globals)[:_MAX_SCOPE], *vars(builtins)]
    meant = nearest(name, scope)
    if meant is not None:
        return f"There is no {quoted(name)}; did you mean {quoted(meant)}?"
    return (
        f"Nothing has given {quoted(name)} a value before this line. Define or import it in this code; names of earlier executions are "
        "there only within one session."
    )


def of_old_python(failure):
    """Methods of Python 2, and `print >> file`."""
    if isinstance(failure.error, AttributeError):
        name = failure.error.name
        if type(name) is str and name in _OLD_METHODS and "'dict'" in failure.message:
            return f"`{name}` is Python 2, and here runs Python 3: write {_OLD_METHODS[name]}."
    if isinstance(failure.error, TypeError) and "for >>: 'builtin_function_or_method'" in failure.message:
        return "`print >> file, ...` is Python 2, and here runs Python 3: write `print(..., file=file)`."
    return None
