"""The world that the tasks are set in. It is no part of where the agent's code runs, which reaches it by its tools alone."""

import builtins
import importlib
import inspect
import math
import pkgutil
import sys

sys.path.insert(0, '.')

import tasks.impl
from tasks.base import tasks as found

for module in sorted(pkgutil.iter_modules(tasks.impl.__path__), key=lambda each: each.name):
    importlib.import_module(f'tasks.impl.{module.name}')

by_name = {task.name: task for task in found}
tools = {}


def describe(tool):
    """A tool as the agent gets it: its parameters, and which of them takes any number of values."""
    parameters = list(inspect.signature(tool.function).parameters.values())
    return {
        'name': tool.name,
        'description': tool.description,
        'parameters': [each.name for each in parameters],
        'many': [each.name for each in parameters if each.kind is each.VAR_POSITIONAL],
    }


def begin(name):
    """Begins a task anew; what its tools hold is as at the beginning."""
    task = by_name[name]
    made = task.tools() if callable(task.tools) else task.tools
    tools.clear()
    # Python has them itself.
    tools.update({key: tool for key, tool in made.items() if not hasattr(builtins, key)})
    return {'instruction': task.instruction, 'tools': [describe(tool) for tool in tools.values()]}


def call(name, arguments):
    function = tools[name].function
    values = []
    for each in inspect.signature(function).parameters.values():
        if each.kind is each.VAR_POSITIONAL:
            values.extend(arguments.get(each.name, []))
        else:
            values.append(arguments[each.name])
    return function(*values)


def right(name, answer):
    return same(by_name[name].expected, answer)


def same(expected, answer):
    if isinstance(expected, (list, tuple)):
        return isinstance(answer, list) and len(expected) == len(answer) and all(map(same, expected, answer))
    if isinstance(expected, bool) or isinstance(answer, bool):
        return expected is answer
    if isinstance(expected, (int, float)) and isinstance(answer, (int, float)):
        return math.isclose(expected, answer, rel_tol=1e-9)
    return expected == answer
