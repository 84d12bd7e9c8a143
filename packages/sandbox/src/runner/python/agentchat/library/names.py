"""What stands in for parts of the standard library has their modules' names, as `help`, `repr` and `pickle` show them."""

import sys
import types

_PACKAGE = f"{__name__.partition('.')[0]}."
_KINDS = (types.FunctionType, type)


def give(module):
    """To what a module holds under its own name."""
    for name, value in list(vars(module).items()):
        if issubclass(type(value), _KINDS) and value.__name__ == name and str(value.__module__).startswith(_PACKAGE):
            value.__module__, value.__qualname__ = module.__name__, name


def install():
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in sys.stdlib_module_names and type(module) is types.ModuleType:
            give(module)
