"""The signature, the type hints and the documentation of a tool, from the JSON Schema of its arguments."""

import inspect
import keyword
from typing import Any, Literal, Union

from .. import json_text

_TYPES = {"string": str, "integer": int, "number": float, "boolean": bool, "null": None, "object": dict, "array": list}
# Deeper than this a hint helps nobody.
_MAX_DEPTH = 4
_MAX_CHOICES = 20


def read(schema):
    """The names of the arguments in their order, those that are required, and the signature."""
    properties = _properties(schema)
    wanted = schema.get("required") or ()
    required = [each for each in properties if each in wanted]
    order = [*required, *(each for each in properties if each not in wanted)]
    return order, required, _signature(properties, order, required, schema)


def annotations(signature):
    """The type hints of a signature, as `typing.get_type_hints` looks for them."""
    return {
        each.name: each.annotation
        for each in signature.parameters.values()
        if each.annotation is not inspect.Parameter.empty and each.kind is not inspect.Parameter.VAR_KEYWORD
    }


def documentation(description, schema, required):
    lines = []
    for name, each in _properties(schema).items():
        facts = each if isinstance(each, dict) else {}
        kind = facts.get("type") or ("one of " + json_text.dumps(facts["enum"]) if "enum" in facts else "")
        notes = [str(kind)] if kind else []
        if name not in required:
            notes.append("optional")
        about = f" ({', '.join(notes)})" if notes else ""
        text = f": {facts['description']}" if "description" in facts else ""
        lines.append(f"    {name}{about}{text}")
    return "\n".join([description, *(["", "Arguments:", *lines] if lines else [])]).strip()


def _properties(schema):
    return schema.get("properties") or {}


def _default(schema, is_required):
    """What a signature shows: `...` for one that may be left out and says no more."""
    if is_required:
        return inspect.Parameter.empty
    return schema.get("default", ...) if isinstance(schema, dict) else ...


def _signature(properties, order, required, schema):
    def parameter(name):
        hint = _hint(properties[name], schema, 0)
        default = _default(properties[name], name in required)
        annotation = inspect.Parameter.empty if hint is Any else hint
        return inspect.Parameter(
            name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation
        )

    parameters = [parameter(each) for each in order if each.isidentifier() and not keyword.iskeyword(each)]
    if schema.get("additionalProperties", True) is not False or len(parameters) < len(order):
        parameters.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
    try:
        return inspect.Signature(parameters)
    except ValueError:
        # A property that is called as the rest of them.
        return inspect.Signature([each for each in parameters if each.name != "kwargs"])


def _hint(schema, root, depth):
    """The type of what fits the schema, or Any."""
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return Any
    if "$ref" in schema:
        return _hint(_referred(schema["$ref"], root), root, depth + 1)
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(choices, list):
        return _choice(choices)
    several = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(several, list) and several:
        return _union([_hint(each, root, depth + 1) for each in several])
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return _union([_hint({**schema, "type": each}, root, depth + 1) for each in kinds])
    if kinds == "array" and isinstance(schema.get("items"), dict):
        inner = _hint(schema["items"], root, depth + 1)
        return list if inner is Any else list[inner]
    return _TYPES[kinds] if isinstance(kinds, str) and kinds in _TYPES else Any


def _choice(choices):
    fine = 0 < len(choices) <= _MAX_CHOICES and all(isinstance(each, (str, int, bool, type(None))) for each in choices)
    return Literal[tuple(choices)] if fine else Any


def _union(hints):
    return Any if Any in hints or not hints else Union[tuple(hints)]


def _referred(reference, root):
    """What `#/...` leads to."""
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    found = root
    for part in reference[2:].split("/"):
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found
