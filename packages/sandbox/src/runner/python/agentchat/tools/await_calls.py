"""Rewrites a cell so that tools may be awaited, where they give their value at once: `await search(q)`, and the arguments of
`asyncio.gather` and its like. The rewritten cell asks `awaiting`, which leaves everything alone that is no tool.
"""

import ast
import asyncio

from . import awaiting, kept_calls

# Functions of asyncio that await what they are given: each argument, the first one, what is in it, or as a coroutine.
_TAKES = {
    "gather": "each",
    "wait_for": "first",
    "shield": "first",
    "ensure_future": "first",
    "wait": "inside",
    "as_completed": "inside",
    "create_task": "coroutine",
    "run": "coroutine",
    "run_until_complete": "coroutine",
}
# Methods that nothing else has, on whatever object.
_METHODS = ("create_task", "run_until_complete")
# What gives what is in its first argument.
_CONTAINERS = ("list", "tuple", "set", "iter", "reversed", "sorted")


def concerns(source):
    """May there be something to rewrite?"""
    return "await" in source or "asyncio" in source or "gather" in source


def rewrite(tree, namespace, tools):
    """Rewrites the tree of a cell. `tools` are the names of tools; `namespace` is what the cell finds defined."""
    names = _AsyncioNames(tree, namespace)
    kept = kept_calls.find(tree, names)
    for value, is_iterable in kept:
        (_inside if is_iterable else _one)(value, "started", names)
    return ast.fix_missing_locations(_Rewriter(names, tools).visit(tree))


class _AsyncioNames:
    """By which names a cell knows asyncio and its functions."""

    def __init__(self, tree, namespace):
        self.modules = {name for name, value in namespace.items() if value is asyncio}
        self.functions = {
            name: real for name, value in namespace.items() for real in _TAKES if value is getattr(asyncio, real, self)
        }
        taken = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self.modules.update(each.asname or each.name for each in node.names if each.name == "asyncio")
            elif isinstance(node, ast.ImportFrom) and node.module == "asyncio":
                self.functions.update((each.asname or each.name, each.name) for each in node.names if each.name in _TAKES)
            elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                taken.add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                taken.add(node.name)
            elif isinstance(node, ast.arg):
                taken.add(node.arg)
        self.modules -= taken
        for name in taken:
            self.functions.pop(name, None)

    def takes(self, function):
        """How this function awaits what it is given, or None."""
        if isinstance(function, ast.Name):
            return _TAKES.get(self.functions.get(function.id))
        if not isinstance(function, ast.Attribute):
            return None
        if isinstance(function.value, ast.Name) and function.value.id in self.modules:
            return _TAKES.get(function.attr)
        return _TAKES[function.attr] if function.attr in _METHODS else None


class _Rewriter(ast.NodeTransformer):
    def __init__(self, names, tools):
        self.names = names
        self.tools = tools
        # Is a `return` here the last thing that the function does?
        self.returns = False

    def visit_Await(self, node):
        self.generic_visit(node)
        if not (isinstance(node.value, ast.Call) and self._is_of_asyncio(node.value.func)):
            node.value = _ask("awaited", self._one(node.value))
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        takes = self.names.takes(node.func)
        if takes == "each":
            node.args = [self._each(arg) for arg in node.args]
        elif takes is not None and node.args and not isinstance(node.args[0], ast.Starred):
            if takes == "inside":
                node.args[0] = _ask("all_awaited", self._inside(node.args[0]))
            else:
                node.args[0] = _ask("coroutine" if takes == "coroutine" else "awaited", self._one(node.args[0]))
        return node

    def visit_FunctionDef(self, node):
        return self._in_function(node, True)

    def visit_AsyncFunctionDef(self, node):
        return self._in_function(node, False)

    def visit_Lambda(self, node):
        self.generic_visit(node)
        node.body = self._tail(node.body)
        return node

    def visit_Try(self, node):
        return self._in_function(node, False)

    visit_TryStar = visit_With = visit_Try

    def visit_Return(self, node):
        self.generic_visit(node)
        if self.returns and node.value is not None:
            node.value = self._tail(node.value)
        return node

    def _in_function(self, node, returns):
        before, self.returns = self.returns, returns
        self.generic_visit(node)
        self.returns = before
        return node

    def _tail(self, node):
        if isinstance(node, ast.IfExp):
            node.body, node.orelse = self._tail(node.body), self._tail(node.orelse)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in self.tools:
            node.func = _ask("tail", node.func)
        return node

    def _is_of_asyncio(self, function):
        return (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Name)
            and function.value.id in self.names.modules
        ) or self.names.takes(function) is not None

    def _each(self, arg):
        if not isinstance(arg, ast.Starred):
            return _ask("awaited", self._one(arg))
        arg.value = _ask("all_awaited", self._inside(arg.value))
        return arg

    def _one(self, node):
        return _one(node, "later", self.names)

    def _inside(self, node):
        return _inside(node, "later", self.names)


def _one(node, form, names):
    """What is here is awaited."""
    if isinstance(node, ast.IfExp):
        node.body, node.orelse = _one(node.body, form, names), _one(node.orelse, form, names)
    elif isinstance(node, ast.Call) and not _is_asked(node.func) and names.takes(node.func) is None:
        node.func = _ask(form, node.func)
    return node


def _inside(node, form, names):
    """What is in here is awaited."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        for each in node.elts:
            if isinstance(each, ast.Starred):
                _inside(each.value, form, names)
        node.elts = [each if isinstance(each, ast.Starred) else _one(each, form, names) for each in node.elts]
    elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
        node.elt = _one(node.elt, form, names)
    elif isinstance(node, ast.BinOp):
        _inside(node.left, form, names)
        _inside(node.right, form, names)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
        if node.func.id == "map":
            node.args[0] = _ask(form, node.args[0])
        elif node.func.id in _CONTAINERS:
            _inside(node.args[0], form, names)
    return node


def _is_asked(function):
    return isinstance(function, ast.Call) and _name_of(function.func) == awaiting.NAME


def _name_of(node):
    return node.value.id if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else None


def _ask(question, node):
    """`awaiting.<question>(node)`, which stands where `node` stood."""
    ours = ast.copy_location(ast.Name(awaiting.NAME, ast.Load()), node)
    function = ast.copy_location(ast.Attribute(ours, question, ast.Load()), node)
    return ast.copy_location(ast.Call(function, [node], []), node)
