"""What the files of the tasks import: how a task and a tool are described."""

from collections import namedtuple

ToolType = namedtuple('ToolType', ['name', 'description', 'function', 'fn_signature'])

tasks = []


class Task:
    def __init__(self, name, tools, instruction, expected_output, is_single_tool_task=True):
        self.name = name
        self.tools = tools
        self.instruction = instruction
        self.expected = expected_output


def register_task_iterator(iterator, length):
    tasks.extend(iterator)
