"""Hints for values that do not fit: JSON that is none, divisors of zero, coroutines that nobody awaited, endless recursion."""

import ast
import collections
import json
import linecache
import sys

from .text import quoted

_CONTEXT = 20
_DEEP = 20_000


def of_json(failure):
    error = failure.error
    if not isinstance(error, json.JSONDecodeError) or type(error.doc) is not str or type(error.pos) is not int:
        return None
    text, at, message = error.doc, error.pos, error.msg if type(error.msg) is str else ""
    start = text[:200].lstrip("\ufeff \t\r\n")
    if not start:
        return "The text is empty, so there is no JSON in it: look at where it comes from before parsing it."
    if start.startswith("```"):
        return "The JSON stands between Markdown fences: remove the lines with ``` before parsing."
    if start.startswith("<"):
        return f"The text is not JSON but HTML or XML; it begins with {quoted(start, 60)}. Look at the address and the status of the response."
    where = f"at line {text.count(chr(10), 0, at) + 1}, near {quoted(text[max(0, at - _CONTEXT) : at + _CONTEXT])}"
    rest = text[at : at + 10]
    if text.startswith("\ufeff"):
        return "The text begins with a byte order mark: read it with `encoding='utf-8-sig'`."
    if rest.startswith("'"):
        return f"JSON has double quotes, and here are single ones, {where}. If this is the text of a Python value, use `ast.literal_eval`."
    if rest.startswith(("True", "False", "None", "nan")):
        return f"JSON writes true, false and null, {where}. If this is the text of a Python value, use `ast.literal_eval`."
    if "trailing comma" in message or (rest[:1] in ("]", "}") and text[:at].rstrip().endswith(",")):
        return f"JSON allows no comma before a closing bracket, as here {where}: remove it."
    if rest.startswith(("//", "/*", "#")):
        return f"JSON has no comments, as here {where}: remove them."
    if message.startswith("Extra data"):
        return (
            f"The JSON ends before the text does, {where}. If each line is a JSON value, parse line by line: "
            "`[json.loads(line) for line in text.splitlines() if line]`."
        )
    if at >= len(text.rstrip()) or message.startswith("Unterminated string"):
        return f"The JSON is cut off, {where}: get all of the text."
    if message.startswith(("Invalid control character", "Invalid \\escape")):
        return f"A text in JSON writes line breaks as \\n and backslashes as \\\\, unlike here, {where}; `strict=False` allows line breaks."
    return f"The text is no JSON {where}: print it before parsing to see what it is."


def of_division(failure):
    line = failure.line_text()
    divisor = _divisor(failure)
    if divisor is None:
        return f"A divisor is 0 in {quoted(line)}: test it before dividing, and say what the result shall be then." if line else None
    if isinstance(divisor, ast.Call) and ast.unparse(divisor.func) == "len" and len(divisor.args) == 1:
        return f"{quoted(ast.unparse(divisor.args[0]))} is empty, so its length is 0: test for that before dividing, and say what the result shall be then."
    if isinstance(divisor, ast.Constant):
        return "The code divides by the constant 0."
    return f"{quoted(ast.unparse(divisor))} is 0: test for that before dividing, and say what the result shall be then."


def _divisor(failure):
    """The right side of the division that failed, from the place that the bytecode gives."""
    trace = failure.error.__traceback__
    last = None
    while trace is not None:
        last, trace = trace, trace.tb_next
    if last is None or last.tb_frame.f_code.co_filename != failure.filename:
        return None
    for index, (line, end_line, start, end) in enumerate(last.tb_frame.f_code.co_positions()):
        if index == last.tb_lasti // 2:
            if line is None or line != end_line or start is None or end is None:
                return None
            text = linecache.getline(failure.filename, line).encode("utf-8")[start:end].decode("utf-8")
            node = ast.parse(text.strip(), mode="eval").body
            return node.right if isinstance(node, ast.BinOp) else None
    return None


def of_recursion(failure):
    if not failure.user_frames:
        return None
    counts = collections.Counter((frame.f_code.co_name, frame.f_code.co_firstlineno) for frame, _line in failure.user_frames)
    (name, line), count = counts.most_common(1)[0]
    if count < 50:
        return "A value is nested too deeply for a function that follows it down: go through it with a loop and a list of what is left to do."
    hint = (
        f"The function {quoted(name)} (line {line}) calls itself without end, or too deeply: give it a case in which it returns without calling "
        "itself, or write a loop."
    )
    if sys.getrecursionlimit() >= _DEEP:
        return hint
    return f"{hint} Where so many calls are meant, `sys.setrecursionlimit({_DEEP})` before them allows for that."


def of_coroutine(failure):
    message = failure.message
    if not isinstance(failure.error, (TypeError, AttributeError, ValueError, RuntimeError)):
        return None
    if "'coroutine'" in message or "coroutine object" in message or "was never awaited" in message:
        return "A call of an `async def` function gives a coroutine, not its result: write `await` before the call (that works at the top level, too)."
    if "can't be awaited" in message:
        return "Only coroutines, tasks and futures can be awaited: remove `await` before a call of an ordinary function."
    return None
