"""Commands that install packages, as code writes them: `pip install x` in all its forms, read and never run."""

import ast
import re
import shlex
import sys

MAX_NAMES = 50
_MANAGERS = re.compile(r"(?:pip|pip\d+(?:\.\d+)?|conda|mamba|micromamba|uv|pipenv|poetry)(?:\.exe)?")
_VERBS = frozenset(("install", "add"))
_WITH_VALUE = frozenset(
    (
        "-r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links -t --target -p --python --prefix "
        "--root --trusted-host --proxy --timeout --retries --cert -n --name -e --editable --progress-bar --only-binary "
        "--no-binary --platform --python-version --channel --cache-dir --src --log"
    ).split()
)
_ENDS = frozenset(("&&", "||", ";", "|", ">", ">>", "2>", "&>", "<"))
_REQUIREMENT = re.compile(r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(\[[\w,. -]*\])?\s*((?:[=<>!~]=|[<>]).*)?", re.ASCII)
# What takes a command as one text.
_TEXT_CALLS = frozenset(
    "system popen run call check_call check_output Popen getoutput getstatusoutput create_subprocess_shell split sx magic".split()
)
_LINE = re.compile(r"(\s*)(?:[!%$]{1,2}\s*)?(\S.*)")


def of_words(words):
    """What the words of a command ask for: requirements, empty where it names none; None for any other command."""
    for at, word in enumerate(words):
        manager = _MANAGERS.fullmatch(word.replace("\\", "/").rpartition("/")[2])
        if manager is None:
            continue
        rest = [each for each in words[at + 1 :] if each not in ("-y", "-q", "--yes", "--quiet", "-U")]
        if rest[:1] == ["pip"]:
            rest = rest[1:]
        if rest and rest[0] in _VERBS:
            return requirements(rest[1:])
        return None
    return None


def requirements(words):
    """The requirements among the words behind `install`."""
    found, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in _ENDS or word.startswith((";", "#")):
            break
        elif word.startswith("-"):
            skip = word in _WITH_VALUE
        elif requirement := _requirement(word):
            found.append(requirement)
    return found[:MAX_NAMES]


def _requirement(word):
    word = word.strip("\"'").partition(";")[0].strip()
    match = _REQUIREMENT.fullmatch(word)
    if match is not None:
        return word
    # Conda's way to write a version, and that of an address with a name.
    name, mark, _ = word.partition("=") if "=" in word else word.partition("@")
    return name.strip() if mark and _REQUIREMENT.fullmatch(name.strip()) else None


def name_of(requirement):
    """The name of a package, as indexes write it."""
    match = _REQUIREMENT.fullmatch(requirement)
    return re.sub(r"[-_.]+", "-", match[1]).lower() if match else ""


def of_text(text):
    """What a command line asks for; a `cd` or a variable before it does not hide it."""
    for part in re.split(r"&&|\|\||;|\n", text[:10_000]):
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            words = part.split()
        found = of_words(words) if "echo" not in words[:1] else None
        if found is not None:
            return found
    return None


def of_line(line):
    """What a line of a notebook asks for, `!pip install x`, `%pip install x` or without a mark; None for any other."""
    match = _LINE.fullmatch(line.rstrip("\r\n"))
    if match is None:
        return None
    first = match[2].split(None, 1)[0]
    is_command = _MANAGERS.fullmatch(first) or re.fullmatch(r"(?:sudo|python[\d.]*|py|\{(?:sys\.executable)?\})", first)
    return of_text(match[2]) if is_command else None


def in_tree(tree):
    """Every command in a program: the node, and what it asks for as far as that stands in the code."""
    for node in ast.walk(tree):
        found = _of_node(node)
        if found is not None:
            yield node, found


def _of_node(node):
    if isinstance(node, (ast.List, ast.Tuple)):
        return of_words(_words(node))
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, (ast.Constant, ast.JoinedStr)):
        return next((of_line(word) for word in _words(node.value)), None)
    return _of_call(node) if isinstance(node, ast.Call) else None


def _of_call(node):
    called = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
    values = list(node.args)
    if called == "split" and isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name):
        values = [node.func.value]
    words = _words(values[0]) if values else []
    if called == "install" and isinstance(node.func, ast.Attribute) and _owner(node) in ("micropip", "piplite"):
        named = next((each.value for each in node.keywords if each.arg == "requirements"), None)
        return requirements(words or (_words(named) if named is not None else []))
    if called in ("main", "pip_main", "pipmain", "_main") and words[:1] == ["install"]:
        return requirements(words[1:])
    if called in ("run_line_magic", "run_cell_magic"):
        texts = [each for value in values for each in _words(value)]
        return of_text(" ".join(texts)) if texts else None
    if called in _TEXT_CALLS and len(words) == 1 and not isinstance(values[0], (ast.List, ast.Tuple)):
        return of_text(words[0].lstrip("!%"))
    # Words one by one, as `os.execlp` and asyncio take them; lists are found as such.
    return of_words([each for value in values if not isinstance(value, (ast.List, ast.Tuple)) for each in _words(value)])


def _owner(node):
    return getattr(node.func.value, "id", None)


def _words(node):
    """The texts of an expression, in order; what is only known when it runs is left out or stands for itself."""
    if isinstance(node, ast.Constant):
        return [node.value] if type(node.value) is str else []
    if isinstance(node, (ast.List, ast.Tuple)):
        return [word for each in node.elts for word in _words(each)]
    if isinstance(node, ast.Starred):
        return _words(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _words(node.left), _words(node.right)
        texts = not isinstance(node.left, (ast.List, ast.Tuple)) and len(left) <= 1 and len(right) <= 1
        return ["".join([*left, *right])] if texts and (left or right) else [*left, *right]
    if isinstance(node, ast.JoinedStr):
        return ["".join(each.value if isinstance(each, ast.Constant) else "{}" for each in node.values)]
    return []


def is_here(requirement):
    """Whether a package is there already, or a part of Python: nothing needs to be installed."""
    from importlib import metadata

    name = name_of(requirement)
    if not name or name.replace("-", "_") in sys.stdlib_module_names or name in ("pip", "setuptools", "wheel"):
        return bool(name)
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
