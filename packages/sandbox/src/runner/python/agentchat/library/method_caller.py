"""`operator.methodcaller` as the standard library has it in Python: in WebAssembly, collecting a circle of garbage that holds
one of C breaks the interpreter, since C clears it by a function of another type (`methodcaller_clear`, Python 3.14)."""

import importlib.util
import operator
import sys

import _operator


def install():
    spec = importlib.util.find_spec("operator")
    module = importlib.util.module_from_spec(spec)
    sys.modules["_operator"] = None
    try:
        spec.loader.exec_module(module)
    finally:
        sys.modules["_operator"] = _operator
    operator.methodcaller = _operator.methodcaller = module.methodcaller
