

async def _agentchat_call(entry, arguments):
    """Call the tool; stands behind its code, so that the lines of its code keep their numbers."""
    import inspect

    value = entry(**arguments)
    return await value if inspect.isawaitable(value) else value


await _agentchat_call(_AGENTCHAT_ENTRY_, _agentchat_arguments)
