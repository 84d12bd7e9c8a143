

async def _agentchat_describe(name, names, tests):
    """Tell what the entry of a tool takes, as JSON Schema, and what it gives for the inputs of its tests."""
    import inspect
    import json
    import re
    import types
    import typing

    entry = names.get(name)
    if not callable(entry):
        there = sorted(key for key, value in names.items() if inspect.isfunction(value) and key[0] != "_")
        return {"problem": f'there is no function "{name}", only: {", ".join(there) or "none"}'}

    simple = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}

    def schema_of(hint):
        if hint in simple:
            return {"type": simple[hint]}
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if origin is typing.Annotated:
            texts = [text for text in args[1:] if isinstance(text, str)]
            return {**schema_of(args[0]), **({"description": texts[0]} if texts else {})}
        if origin is typing.Literal:
            return {"enum": list(args)}
        if origin in (typing.Union, types.UnionType):
            return {"anyOf": [schema_of(arg) for arg in args]}
        if hint in (list, tuple, set) or origin in (list, tuple, set):
            items = [arg for arg in args if arg is not ...]
            return {"type": "array", **({"items": schema_of(items[0])} if len(items) == 1 else {})}
        if hint is dict or origin is dict:
            return {"type": "object", **({"additionalProperties": schema_of(args[1])} if len(args) == 2 else {})}
        return {}

    def is_json(value):
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            return False
        return True

    text = inspect.getdoc(entry) or ""
    lines = r"^[ \t]*(?::param[ \t]+(?:\w+[ \t]+)?(\w+)[ \t]*:|(\w+)[ \t]*(?:\([^)\n]*\))?[ \t]*:)[ \t]*(\S.*)$"
    described = {one or two: said.strip() for one, two, said in re.findall(lines, text, re.MULTILINE)}
    summary = re.split(r"\n\s*\n|\n\s*(?:Args|Arguments|Parameters|Returns|:param)\b", text)[0]

    try:
        hints = typing.get_type_hints(entry, include_extras=True)
    except Exception:
        hints = {}
    properties, required, more = {}, [], False
    for key, parameter in inspect.signature(entry).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            more = True
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            continue
        if parameter.kind is parameter.POSITIONAL_ONLY:
            return {"problem": f'the parameter "{key}" of "{name}" cannot be given by its name'}
        schema = schema_of(hints[key]) if key in hints else {}
        if key in described and "description" not in schema:
            schema["description"] = described[key]
        if parameter.default is parameter.empty:
            required.append(key)
        elif is_json(parameter.default):
            schema["default"] = parameter.default
        properties[key] = schema

    outcomes = []
    for test in tests:
        try:
            value = entry(**test)
            value = await value if inspect.isawaitable(value) else value
            outcomes.append({"value": value} if is_json(value) else {"error": f"not JSON: {value!r:.200}"})
        except Exception as error:
            outcomes.append({"error": f"{type(error).__name__}: {error}"})

    parameters = {"type": "object", "properties": properties, "required": required}
    return {
        "description": " ".join(summary.split()),
        "parameters": {**parameters, "additionalProperties": more},
        "outcomes": outcomes,
    }


await _agentchat_describe(_agentchat_entry, globals(), _agentchat_tests)
