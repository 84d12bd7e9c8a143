"""Reads the code of a cell: its statements, and its last expression apart, whose value is the result."""

import ast

from ..packages import pip_commands
from ..tools import await_calls, tools
from . import source_file, unwrapping

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def read(source, name, namespace, in_session):
    """Compiles the code, or the Python in it where it came wrapped: the body, and the last expression or None."""
    failed = None
    if not unwrapping.has_prompt(source):
        try:
            return _compile(source, name, namespace, in_session)
        except SyntaxError as error:
            failed = error
    bare = unwrapping.unwrap(source, _is_done)
    if bare is None:
        raise failed
    source_file.replace(bare)
    return _compile(bare, name, namespace, in_session)


def _is_done(_line, requirements):
    """Whether a command that installs has nothing left to do."""
    return requirements and all(map(pip_commands.is_here, requirements))


def _compile(source, name, namespace, in_session):
    tree = unwrapping.parse(source, name)
    # What a session defines now may be called when there are tools.
    if (tools.functions or in_session) and await_calls.concerns(source):
        try:
            tree = await_calls.rewrite(tree, namespace, tools.functions)
        except RecursionError:
            tree = unwrapping.parse(source, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
        last = compile(last, name, "eval", flags=_FLAGS, dont_inherit=True)
    return compile(tree, name, "exec", flags=_FLAGS, dont_inherit=True), last
