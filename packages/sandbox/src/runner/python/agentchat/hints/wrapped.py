"""Hints for Python that came in something: Markdown, thoughts, tags, line numbers, a diff, escapes of HTML or JSON."""

import ast
import html
import keyword
import re

from .text import quoted

_FENCE = re.compile(r"\s*(?:```|~~~)")
_TAG = re.compile(r"\s*(?:</?([A-Za-z][\w:-]*)(?:\s[^<>]*)?>|<\|[\w /]+\|>|\[/[A-Z_]+\]|<!DOCTYPE\b)", re.IGNORECASE)
_THOUGHTS = frozenset("think thinking thought thoughts reasoning reflection scratchpad analysis".split())
_CONFLICT = re.compile(r"(?:<{7}|={7}|>{7})(?: |$)")
_NUMBERED = re.compile(r"\s*(\d+)(?:[:|.)\]] ?| ?\| ?|\t| )(.*)")
_DIFF_HEAD = re.compile(r"(?:diff |index |--- |\+\+\+ |@@ |\\ No newline)")
_WORD = re.compile(r"[^\W\d_][\w'’-]*[,:;.!?]?")
_NO_PROSE = frozenset((*keyword.kwlist, "print", "exec", "match", "case", "type"))


def of_wrapped(failure, line):
    """A hint where the code stands in something else; `line` is the one that failed."""
    lines = [each.rstrip("\r\n") for each in failure.source_lines]
    number = failure.error.lineno
    first = next((at for at, each in enumerate(lines, 1) if each.strip()), 1)
    for rule in (_tag, _fence, _conflict):
        hint = rule(lines, number, first)
        if hint:
            return hint
    for repair, hint in _REPAIRS:
        repaired = repair(lines)
        if repaired is not None and _gets_further(repaired, number):
            return hint
    return _prose(lines, number, first) or _escaped(lines, failure.error.msg)


def _tag(lines, number, first):
    for at in (first, number):
        found = _TAG.match(lines[at - 1]) if at <= len(lines) else None
        if found is None:
            continue
        shown = found[0].strip()[:60]
        if found[1] and found[1].lower() in _THOUGHTS:
            return f"Line {at} holds thoughts, {quoted(shown)}, and no Python: send only the code, without the tags and the text between them."
        return f"Line {at} is a tag, {quoted(shown)}, and no Python: send the code without tags."
    return None


def _fence(lines, number, first):
    """Only where a fence is no part of a text: the line that fails is one, or the code begins with one or with prose."""
    fence = next((at for at, each in enumerate(lines, 1) if _FENCE.match(each)), None)
    if fence is None:
        return None
    fails_there = number <= len(lines) and _FENCE.match(lines[number - 1])
    if not fails_there and fence != first and not (is_prose(lines[first - 1]) and not _in_text(lines[: fence - 1])):
        return None
    return (
        f"The code holds Markdown: line {fence} is a code fence. "
        "Send only the Python between the fences, without ``` and without the text around it."
    )


def _in_text(lines):
    return any("\n".join(lines).count(quotes) % 2 for quotes in ('"""', "'''"))


def _conflict(lines, number, _first):
    if number > len(lines) or not _CONFLICT.match(lines[number - 1]):
        return None
    return f"Line {number} marks a conflict of a merge: keep one of the two versions, and remove the lines with <<<<<<<, ======= and >>>>>>>."


def is_prose(line):
    """Whether a line is a sentence and surely no Python."""
    text = line.strip().lstrip("*#>- ")
    words = text.split()
    if not words or "=" in text or _parses(text):
        return False
    if sum(char.isalpha() and not char.isascii() for char in text) * 2 > len(text):
        return not any(char in text for char in "([{\"'")
    if len(words) < 2 or words[0] in _NO_PROSE or not all(_WORD.fullmatch(each) for each in words[:3]):
        return False
    ends = text[-1] in ".:!?"
    pairs = zip(words, words[1:])
    apart = any(not keyword.iskeyword(a.rstrip(",:")) and not keyword.iskeyword(b.rstrip(",:")) for a, b in pairs)
    return apart and (ends or (len(words) >= 4 and text[0].isupper()))


def _prose(lines, number, first):
    for at in (first, number):
        if at <= len(lines) and is_prose(lines[at - 1]):
            return f"Line {at} is a sentence and no Python: {quoted(lines[at - 1].strip(), 60)}. Send only the code, or make it a comment with #."
    return None


def _escaped(lines, message):
    """The whole code as one line, as JSON writes it that was written twice."""
    source = "\n".join(lines)
    if "line continuation character" not in message:
        return None
    if "\\n" in source and len([each for each in lines if each.strip()]) <= 2:
        plain = re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t", "r": ""}.get(match[1], match[1]), source)
        if _parses(plain) or source.count("\\n") > 1:
            return (
                "The line breaks of the code are written as \\n, so all of it is one line: send real line breaks. It was probably "
                "escaped twice, as JSON inside JSON."
            )
    if any(each.rstrip().endswith("\\") and each != each.rstrip() for each in lines):
        return "A backslash that continues a line must be its last character: remove the spaces after it."
    return None


def _without_numbers(lines):
    """Lines that are numbered one after the other."""
    found = [_NUMBERED.fullmatch(each) if each.strip() else None for each in lines]
    numbers = [int(match[1]) for match in found if match]
    if len(numbers) < 2 or len(numbers) < sum(bool(each.strip()) for each in lines):
        # A bare number is that of an empty line.
        bare = [re.fullmatch(r"\s*(\d+)\s*[:|.)]?\s*(.*)", each) for each in lines if each.strip()]
        if len(bare) < 2 or not all(bare) or not any(found):
            return None
        numbers = [int(match[1]) for match in bare]
    if any(after - before != 1 for before, after in zip(numbers, numbers[1:])):
        return None
    return _dedented([match[2] if match else "" for match in found])


def _dedented(lines):
    indents = [len(each) - len(each.lstrip()) for each in lines if each.strip()]
    cut = min(indents, default=0)
    return "\n".join(each[cut:] for each in lines)


def _without_entities(lines):
    source = "\n".join(lines)
    return html.unescape(source) if re.search(r"&(?:lt|gt|amp|quot|apos|nbsp|#\d+|#x[\da-f]+);", source) else None


def _after_diff(lines):
    if not any(each.startswith(("+", "-")) for each in lines):
        return None
    if any(each and not each.startswith(("+", "-", " ", "\\")) and not _DIFF_HEAD.match(each) for each in lines):
        return None
    kept = [each[1:] if each[:1] in ("+", " ") and not _DIFF_HEAD.match(each) else "" for each in lines]
    return "\n".join(kept)


def _without_mojibake(lines):
    return "\n".join([lines[0][3:], *lines[1:]]) if lines and lines[0].startswith("ï»¿") else None


_REPAIRS = (
    (_without_mojibake, 'The code begins with the three characters "ï»¿", a byte order mark that was read as Latin-1: remove them.'),
    (_without_numbers, "Each line begins with its number: send the code without the line numbers, and keep the indentation behind them."),
    (_without_entities, "The code is escaped as HTML: write < > & \" ' instead of &lt; &gt; &amp; &quot; &#39;."),
    (_after_diff, "The code is a diff: send the program as it is after the change, without + and - at the beginning of lines."),
)


def _gets_further(source, number):
    try:
        ast.parse(source)
    except SyntaxError as error:
        return (error.lineno or 0) > number
    except (ValueError, RecursionError, MemoryError):
        return False
    return True


def _parses(source):
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
