"""`time.strftime` as on Linux. C's library here knows fewer directives, and for one that it does not know it gives an empty
text in place of the whole format. `datetime` and all others come here, too."""

import re
import time

_native = time.strftime
_DIRECTIVE = re.compile(r"%([-_0^#]*)([0-9]*)([EO]?)(.?)", re.DOTALL)
_COMMON = frozenset("aAbBcCdDeFgGhHIjmMnprRsStTuUVwWxXyYzZ%")
# How many places a number has, and what stands in those that are empty.
_NUMBERS = {
    **dict.fromkeys("dHImMSUVWygC", (2, "0")),
    **dict.fromkeys("ekl", (2, " ")),
    **dict.fromkeys("suwYG", (1, "0")),
    "j": (3, "0"),
}
_OTHERS = frozenset("aAbBcDFhnprRtTxXzZ%")
_SWAPPED = {**dict.fromkeys("aAbBh", str.upper), **dict.fromkeys("pZ", str.lower)}
_MAX_WIDTH = 999


def strftime(*given):
    """strftime(format[, tuple]) -> string"""
    if not given or type(given[0]) is not str or all(map(_is_common, _DIRECTIVE.finditer(given[0]))):
        return _native(*given)
    moment = given[1:] or (time.localtime(),)
    return _native(_DIRECTIVE.sub(lambda found: _for_native(found, moment), given[0]), *moment)


def _is_common(found):
    return found[4] in _COMMON and found.end() - found.start() == 2


def _for_native(found, moment):
    """What stands for one directive in the format that C's library is given."""
    return found[0] if _is_common(found) else _text_of(found, moment).replace("%", "%%")


def _text_of(found, moment):
    flags, letter = found[1], found[4]
    width = min(int(found[2][:9] or 0), _MAX_WIDTH)
    pad = next((flag for flag in reversed(flags) if flag in "-_0"), "")
    if letter in _NUMBERS:
        return _number(letter, pad, width, moment)
    if letter == "P":
        text = _native("%p", *moment).lower()
    else:
        # As C of Linux has it: what it does not know stands as it is.
        text = _native(f"%{letter}", *moment) if letter in _OTHERS else found[0]
    if "#" in flags and letter in _SWAPPED:
        text = _SWAPPED[letter](text)
    elif "^" in flags and letter != "P":
        text = text.upper()
    return text.rjust(width, "0" if pad == "0" else " ") if text else ""


def _number(letter, pad, width, moment):
    places, usual = _NUMBERS[letter]
    digits = str(int(_native({"k": "%H", "l": "%I"}.get(letter, f"%{letter}"), *moment)))
    if pad == "-":
        return digits.rjust(width)
    return digits.rjust(max(places, width), {"_": " ", "0": "0"}.get(pad, usual))


def install():
    time.strftime = strftime
