"""Functions of the host that a program may call. They are defined without being imported, and can be imported:

    from agentchat_tools import ToolError, search

`help(search)` shows what a function does. A call that the host refuses, or that fails there, raises ToolError.
"""


class ToolError(Exception):
    """A function of the host could not do what it was asked for; the text says why."""


def __getattr__(name):
    from agentchat.tools import tools

    if name == "__all__":
        return ["ToolError", *tools.functions]
    try:
        return tools.functions[name]
    except KeyError:
        raise AttributeError(f"there is no tool {name!r}") from None


def __dir__():
    from agentchat.tools import tools

    return ["ToolError", *tools.functions]
