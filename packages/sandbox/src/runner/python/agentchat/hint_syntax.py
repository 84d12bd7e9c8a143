"""Hints for code that does not compile."""

import re

_OLD_RAISE = re.compile(r"raise\s+\w+\s*,")
_OLD_NUMBER = re.compile(r"\b\d+[lL]\b")
_PIP = re.compile(r"[!%]?\s*(?:python3?\s+-m\s+)?(?:pip3?|conda|uv pip|micropip|apt|apt-get)\s+install\s+(.*)")
_SHELL = re.compile(r"(?:sudo|cd|ls|mkdir|wget|curl|git|bash|sh|npm|python3?)\s+[\w./-]")
_CUT_OFF = ("was never closed", "unterminated triple-quoted", "unexpected EOF")


def of_syntax(failure):
    error = failure.error
    if error.filename != failure.filename or not isinstance(error.lineno, int):
        return None
    line = failure.line_text(error.lineno)
    message = error.msg if type(error.msg) is str else ""
    for rule in (_fence, _notebook, _old_python, _indentation, _format_string, _await, _others):
        hint = rule(failure, line, message)
        if hint:
            return hint
    return None


def _fence(failure, line, _message):
    lines = [each.strip() for each in failure.source_lines]
    fences = [number for number, each in enumerate(lines, 1) if each.startswith(("```", "~~~"))]
    if not fences or (failure.error.lineno > fences[0] and any(lines[: fences[0] - 1])):
        return None
    return (
        f"The code holds Markdown: line {fences[0]} is a code fence. "
        "Send only the Python between the fences, without ``` and without the text around it."
    )


def _notebook(_failure, line, _message):
    install = _PIP.match(line)
    if install:
        names = [name for name in re.findall(r"(?<![\w-])[A-Za-z][\w.-]*", install[1]) if not name.startswith("-")][:5]
        wanted = ", ".join(f"'{name}'" for name in names) or "'name'"
        return (
            "Packages are not installed from the code: remove this line, and ask for them by the option "
            f"`packages: [{wanted}]` or an `image` that holds them."
        )
    if line.startswith("%matplotlib"):
        return "Remove this line: `%matplotlib` is a command of notebooks. Figures are shown without it, by `plt.show()` or at the end."
    if line.startswith("%"):
        return f"`{line.split()[0][:40]}` is a command of notebooks, not Python: remove it, or write what it does in Python."
    if line.startswith("!") or _SHELL.match(line):
        return "This line is a command for a shell, and there is none: do it in Python, for instance with os, shutil or pathlib."
    if re.fullmatch(r"\??[\w.]+\?{1,2}", line):
        return "The question mark is a command of notebooks: write `help(...)` instead."
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
        first = next((at for at, each in enumerate(failure.source_lines, 1) if each.strip()), None)
        if number == first:
            return "The whole code is indented: remove the same number of leading spaces from every line, so that the first one begins at column 1."
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


def _others(failure, _line, message):
    if message.startswith("invalid character") and any(char in message for char in "“”‘’„«»"):
        return "These are typographic quotes: write straight ones, \" or '."
    if message.startswith(("invalid character", "invalid non-printable character")):
        return "A character that is not Python stands here, mostly from copied text: write plain spaces, hyphens and operators."
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
