"""`help('if')` and `help('STRINGS')`: the manual of Python, a third of its library in bytes, is not here, and help says where it is."""

import sys
import types

from . import libraries

# The pages with the labels of the topics that they hold.
_PAGES = {
    "reference/compound_stmts": "async class compound else for function if try while with",
    "reference/simple_stmts": "assert assignment augassign break continue del global import nonlocal pass raise return yield",
    "reference/lexical_analysis": "floating id-classes identifiers imaginary integers numbers strings",
    "reference/executionmodel": "dynamic-features exceptions execmodel naming",
    "reference/datamodel": "attribute-access callable-types context-managers customization numeric-types objects sequence-types "
    "specialnames types",
    "reference/expressions": "assignment-expressions atom-identifiers atom-literals attribute-references await binary bitwise booleans "
    "calls comparisons conversions dict exprlists in lambda lists operator-summary power shifting slicings subscriptions unary",
    "library/string": "formatstrings",
    "library/pdb": "debugger",
}
_OTHERS = "library/stdtypes"


class _Topics(dict):
    def __missing__(self, label):
        page = next((page for page, labels in _PAGES.items() if label in labels.split()), _OTHERS)
        version = ".".join(map(str, sys.version_info[:2]))
        return f"The text on this topic is not in this Python. It is at https://docs.python.org/{version}/{page}.html#{label}"


def _change_pydoc(module):
    package, topics = types.ModuleType("pydoc_data"), types.ModuleType("pydoc_data.topics")
    package.__path__, package.topics, topics.topics = [], topics, _Topics()
    sys.modules.update({"pydoc_data": package, "pydoc_data.topics": topics})


def install():
    libraries.when_imported("pydoc", _change_pydoc)
