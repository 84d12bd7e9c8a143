"""Hints for code that does not compile."""

import re
import unicodedata

from .notebook import of_line
from .wrapped import of_wrapped

_OLD_RAISE = re.compile(r"raise\s+\w+\s*,")
_OLD_NUMBER = re.compile(r"\b\d+[lL]\b")
_QUOTES = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb\u2039\u203a\u2032\u2033\u00b4\uff02\uff07\u300c\u300d"
_NAMES = {
    "\u00a0": "a non-breaking space",
    "\u202f": "a narrow non-breaking space",
    "\u2009": "a thin space",
    "\u3000": "an ideographic space",
    "\u200b": "a zero-width space",
    "\u200c": "a zero-width non-joiner",
    "\u200d": "a zero-width joiner",
    "\u2060": "a word joiner",
    "\u00ad": "a soft hyphen",
    "\ufeff": "a byte order mark",
    "\u200e": "a mark of direction",
    "\u200f": "a mark of direction",
}
_PLAIN = {
    "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2010": "-", "\u2011": "-",
    "\u00d7": "*", "\u22c5": "*", "\u00f7": "/", "\u2264": "<=", "\u2265": ">=", "\u2260": "!=", "\u2192": "->", "\u2026": "...",
    "\u3001": ",", "\u3002": ".", "\u00b2": "**2", "\u00b3": "**3", "\u221a": "math.sqrt(...)", "\u2208": "in", "\u00ac": "not ",
}  # fmt: skip
_CUT_OFF = ("was never closed", "unterminated triple-quoted", "unexpected EOF")


def of_syntax(failure):
    error = failure.error
    if error.filename != failure.filename or not isinstance(error.lineno, int):
        return None
    line = failure.line_text(error.lineno)
    message = error.msg if type(error.msg) is str else ""
    hint = of_wrapped(failure, line) or of_line(line)
    if hint:
        return hint
    for rule in (_old_python, _indentation, _format_string, _await, _characters, _others):
        hint = rule(failure, line, message)
        if hint:
            return hint
    return None


def _old_python(failure, line, message):
    old = "This is Python 2, and here runs Python 3: "
    if message.startswith("Missing parentheses in call to 'print'"):
        return f"{old}`print` is a function, write `print(...)` with parentheses here and everywhere else."
    if message.startswith("Missing parentheses in call to 'exec'"):
        return f"{old}`exec` is a function, write `exec(...)`."
    if message.startswith("multiple exception types must be parenthesized"):
        return f"{old}write `except (A, B) as name:`."
    if message.startswith("leading zeros in decimal integer literals"):
        return f"{old}write an octal number with 0o, as 0o755, and others without leading zeros."
    column = failure.error.offset if isinstance(failure.error.offset, int) else 0
    raw = failure.source_lines[failure.error.lineno - 1 : failure.error.lineno]
    if raw and raw[0][max(0, column - 1) : column + 1] == "<>":
        return f"{old}write `!=` instead of `<>`."
    if _OLD_RAISE.match(line):
        return f'{old}write `raise Name("text")` instead of `raise Name, "text"`.'
    if message == "invalid decimal literal" and _OLD_NUMBER.search(line):
        return f"{old}integers have no L at their end."
    if "`" in line and message == "invalid syntax":
        return "Backticks are not Python: write `repr(...)` for the text of a value, and leave them out where they are Markdown."
    return None


def _indentation(failure, line, message):
    number = failure.error.lineno
    if failure.name == "TabError":
        return f"Line {number} mixes tabs and spaces with the lines above: indent every line with four spaces and no tab."
    if failure.name != "IndentationError":
        return None
    if message == "unexpected indent":
        return (
            f"Line {number} is indented more than the one above, which does not end in a colon: give both the same indentation."
        )
    if message.startswith("expected an indented block"):
        return (
            f"A line that ends in a colon needs a body, indented by four spaces, below it. Line {number} is not indented; "
            "write `pass` where nothing is to be done."
        )
    return f"Line {number} goes back to an indentation that no line above has: line it up with the block to which it belongs, in steps of four spaces."


def _format_string(_failure, line, message):
    if "f-string" not in message and "t-string" not in message:
        return None
    if message.startswith("unterminated"):
        return (
            "A text in quotes ends on the line where it begins: close the f-string with the quote that opened it, write \\n for "
            'a line break, or use three quotes (f"""...""") for several lines.'
        )
    if "single '}'" in message or "expecting '}'" in message:
        return (
            "The braces of this f-string do not match. Each { needs its }, and a brace that is meant to be printed is "
            "written twice: {{ or }}."
        )
    if "expression required" in message or "empty expression" in message:
        return "Between { and } of an f-string stands an expression; braces that are meant to be printed are written twice: {{ and }}."
    return (
        "What stands between { and } of this f-string is not an expression. Compute it on a line of its own and put its name "
        "between the braces; braces that are meant to be printed are written twice: {{ and }}."
    )


def _await(_failure, _line, message):
    if "outside async function" not in message and "outside of an asynchronous function" not in message:
        return None
    return (
        "`await`, `async for` and `async with` work at the top level and inside `async def`: make the function around this "
        "line `async def`, and `await` where it is called."
    )


def _characters(failure, _line, message):
    """Characters that look like those of Python, from copied text."""
    found = re.match(r"invalid (?:non-printable )?character(?: '(.)' \()? ?\(?U\+([0-9A-F]+)\)?", message, re.DOTALL)
    if found is None:
        return None
    char = chr(int(found[2], 16))
    if char in _QUOTES:
        return f"These are typographic quotes, as {char}: write straight ones, \" or '."
    if char in _NAMES:
        return f"A character that is not seen stands here, {_NAMES[char]} (U+{found[2]}), mostly from copied text: write plain spaces, or leave it out, in every line."
    instead = _PLAIN.get(char) or unicodedata.normalize("NFKC", char)
    if instead != char and instead.isascii() and instead.strip():
        return f"{char} (U+{found[2]}) is not Python, and comes mostly from copied text: write {instead} instead."
    return f"{char} (U+{found[2]}) is not Python outside of texts in quotes: write plain spaces, hyphens and operators, or leave it out."


def _others(failure, _line, message):
    if message.startswith("'return' outside function"):
        return "`return` works only inside a function. At the top level, write the value as the last line: it becomes the result."
    if any(text in message for text in _CUT_OFF) or (
        message.startswith("expected an indented block") and failure.error.lineno >= len(failure.source_lines)
    ):
        return (
            f"Something that line {failure.error.lineno} opens is never closed. Close it; if the code was cut off, send all of it."
        )
    if "unterminated string literal" in message:
        return (
            'A text in quotes ends on the line where it begins: close it, write \\n for a line break, or use three quotes ("""...""") '
            "for several lines. A quote inside is written \\' or \\\"."
        )
    return None
