"""Python that came wrapped, in a common indentation, behind prompts or among commands that install packages: taken out of
it line for line, so that errors keep their lines."""

import ast
import re

from ..packages import pip_commands

_MAX_COMMANDS = 50
_INDENT = re.compile(r"(?:[ \t\f]*\n)*([ \t]+)\S")
_PROMPT = re.compile(r"(?:>>>(?!>)|In \[\d*\]:) ?(.*)", re.DOTALL)
_MORE = re.compile(r"(?:\.\.\.(?: |$)|\s*\.{3,}: ?)(.*)", re.DOTALL)
_OUTPUT = re.compile(r"Out\[\d*\]:")
_ONLY_TREE = ast.PyCF_ONLY_AST


def parse(source, name="<code>"):
    """`ast.parse`, which looks up what it is made of."""
    return compile(source, name, "exec", flags=_ONLY_TREE, dont_inherit=True)


def has_prompt(source):
    """Whether it begins as IPython shows it: that is Python too, but means something else."""
    return source.startswith("In [") and _PROMPT.match(source) is not None


def unwrap(source, may_drop):
    """
    The same lines without what is round them, or None where there is nothing to take off. Commands that install are
    dropped for which `may_drop(line number, requirements)` is true.
    """
    bare = _without_commands(_without_prompts(_without_indentation(source)), may_drop)
    return None if bare == source else bare


def _without_indentation(source):
    match = _INDENT.match(source)
    return source if match is None else re.sub(f"(?m)^{match[1]}", "", source)


def _without_prompts(source):
    lines = source.split("\n")
    first = next((each for each in lines if each.strip() and not each.startswith("#")), "")
    if not _PROMPT.match(first):
        return source
    bare, others = [], []
    for number, line in enumerate(lines):
        match = _PROMPT.match(line) or _MORE.match(line)
        bare.append(match[1] if match else line if line.startswith("#") else "")
        if not match and line.strip() and not line.startswith("#"):
            others.append(number)
    prompts = sum(_PROMPT.match(each) is not None or _MORE.match(each) is not None for each in lines)
    if prompts == 1 and others and _is_code([lines[number] for number in others]):
        # Copied from the middle of the first line: what follows is no output.
        for number in others:
            bare[number] = lines[number]
    return "\n".join(bare)


def _is_code(lines):
    """Whether lines without a prompt do something; what a program prints mostly does not compile, or is a plain value."""
    try:
        body = parse("\n".join(lines)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return not _OUTPUT.match(lines[0]) and any(
        not isinstance(each, ast.Expr) or isinstance(each.value, (ast.Call, ast.Await)) for each in body
    )


def _without_commands(source, may_drop):
    lines = source.split("\n")
    for _ in range(_MAX_COMMANDS):
        try:
            parse("\n".join(lines))
            break
        except SyntaxError as error:
            at = (error.lineno or 0) - 1
            # Only a line that is no Python: the same words may stand in a text.
            wanted = pip_commands.of_line(lines[at]) if 0 <= at < len(lines) else None
            if wanted is None or not may_drop(at + 1, wanted):
                break
            lines[at] = re.match(r"\s*", lines[at])[0] + "pass"
        except (ValueError, RecursionError, MemoryError):
            break
    return "\n".join(lines)
