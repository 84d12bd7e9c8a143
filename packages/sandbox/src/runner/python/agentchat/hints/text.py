"""How hints name things: the nearest of many names, quoted and cut texts, sizes."""

import difflib

_MAX_NAMES = 3000


def nearest(name, names):
    """The name that `name` was probably meant to be, or None."""
    if not 0 < len(name) <= 60:
        return None
    known = []
    for each in names:
        if type(each) is str and each != name and 0 < len(each) <= 60:
            known.append(each)
            if len(known) >= _MAX_NAMES:
                break
    same = [each for each in known if each.lower() == name.lower()]
    found = same or difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    return found[0] if found else None


def quoted(text, limit=80):
    """A text in double quotes, on one line, not too long."""
    text = text if len(text) <= limit else f"{text[: limit - 3]}..."
    return '"' + "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text) + '"'


def listed(names, limit=8):
    """Some names for a sentence."""
    names = list(names)
    shown = ", ".join(quoted(name) for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def sized(count):
    """A number of bytes, for people."""
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            break
        count /= 1024
    else:
        unit = "GiB"
    return f"{count:.0f} {unit}" if unit == "bytes" or count >= 10 else f"{count:.1f} {unit}"
