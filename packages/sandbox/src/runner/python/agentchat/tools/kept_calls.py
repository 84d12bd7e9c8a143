"""Finds calls whose results a cell keeps only to await them: `tasks = [search(q) for q in qs]` before
`await asyncio.gather(*tasks)`. A name counts only where everything that is done with it awaits it.
"""

import ast

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_ADDS = {"append": False, "add": False, "extend": True}


def find(tree, names):
    """Pairs of an expression, and whether what is awaited is in it, rather than it itself."""
    found = []
    for scope in ast.walk(tree):
        if isinstance(scope, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef)):
            found += _Scope(scope, names).kept()
    return found


class _Scope:
    """What one function, or the cell itself, does with its names."""

    def __init__(self, scope, names):
        self.names = names
        # By name: what it is given, and whether it is used as one thing to await or as several.
        self.values = {}
        self.uses = {}
        self.spoilt = set()
        # Loop variables, by the name that the loop goes through.
        self.loops = {}
        # Nodes whose use is understood: where they are met again, they count no more.
        self.seen = set()
        if not isinstance(scope, ast.Module):
            arguments = scope.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            self.spoilt.update(each.arg for each in every if each is not None)
        for statement in scope.body:
            self._visit(statement)

    def kept(self):
        for name, values in self.values.items():
            uses = self._uses_of(name)
            if len(uses) == 1 and None not in uses:
                is_iterable = uses == {"many"}
                for value, adds in values:
                    yield value, is_iterable and adds is not False

    def _uses_of(self, name):
        if name in self.spoilt:
            return {None}
        uses = set(self.uses.get(name, ()))
        for variable in self.loops.get(name, ()):
            # What the loop takes out must be awaited, each one, and nothing else be done with it.
            plain = variable not in self.values and variable not in self.spoilt and variable not in self.loops
            uses.add("many" if plain and self.uses.get(variable) == {"one"} else None)
        return uses

    def _visit(self, node):
        if isinstance(node, _SCOPES):
            self._spoil(node)
            return
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            self._assign(node.targets[0], node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._assign(node.target, node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
            self._keep(node.target, node.value, True)
        elif isinstance(node, (ast.For, ast.comprehension)):
            self._loop(node.target, node.iter)
        elif isinstance(node, ast.Await):
            self._use(node.value, "one")
        elif isinstance(node, ast.Call):
            self._call(node)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            self.spoilt.update(node.names)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.spoilt.update((each.asname or each.name).partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            self.spoilt.add(node.name)
        elif isinstance(node, ast.Name) and id(node) not in self.seen:
            self.spoilt.add(node.id)
        for child in ast.iter_child_nodes(node):
            self._visit(child)

    def _spoil(self, node):
        """What an inner function knows, it may do anything with."""
        if not isinstance(node, ast.Lambda):
            self.spoilt.add(node.name)
        self.spoilt.update(each.id for each in ast.walk(node) if isinstance(each, ast.Name))

    def _assign(self, target, value):
        if isinstance(target, ast.Name):
            self._keep(target, value, None)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for one, given in zip(target.elts, value.elts):
                self._assign(one, given)

    def _keep(self, target, value, adds):
        self.seen.add(id(target))
        self.values.setdefault(target.id, []).append((value, adds))

    def _loop(self, target, source):
        if isinstance(source, ast.Name) and isinstance(target, ast.Name):
            self.seen.update((id(target), id(source)))
            self.loops.setdefault(source.id, []).append(target.id)

    def _use(self, node, how):
        if isinstance(node, ast.Name):
            self.seen.add(id(node))
            self.uses.setdefault(node.id, set()).add(how)

    def _call(self, node):
        function = node.func
        takes = self.names.takes(function)
        if takes == "each":
            for arg in node.args:
                self._use(arg.value, "many") if isinstance(arg, ast.Starred) else self._use(arg, "one")
        elif takes is not None and node.args:
            self._use(node.args[0], "many" if takes == "inside" else "one")
        elif isinstance(function, ast.Name) and function.id == "len" and len(node.args) == 1:
            self._use(node.args[0], "many")
        elif isinstance(function, ast.Attribute) and function.attr in _ADDS and len(node.args) == 1:
            if isinstance(function.value, ast.Name):
                self._keep(function.value, node.args[0], _ADDS[function.attr])
