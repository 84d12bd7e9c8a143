"""The value of the last expression as JSON text, within a budget, whatever the value does."""

from json.encoder import encode_basestring_ascii

from . import plain
from .value_text import shortened, text_of, type_name

MAX_DEPTH = 100
MAX_EXACT_INT = 2**53 - 1
MAX_WORK = 1_300_000
"""What the host may have to do to parse the text: 1 for each value, 7 for each container, 60 for each new name."""
MAX_TEXT = 20_000
"""Of what Python shows of the value, in characters."""


class _TooLarge(Exception):
    """The text would be longer than the budget."""


class _Writer:
    def __init__(self, budget, top=plain.NOTHING, text=""):
        self.left = budget
        self.work = max(MAX_WORK, budget // 2)
        self.names = set()
        self.pieces = []
        # What Python shows of the whole value is known: asking again may take long, or give something else.
        self.top, self.text = top, text

    def add(self, text):
        self.left -= len(text)
        if self.left < 0:
            raise _TooLarge
        self.pieces.append(text)

    def charge(self, work):
        self.work -= work
        if self.work < 0:
            raise _TooLarge

    def value(self, value, path):
        """Writes `value`; `path` holds the containers that it lies in."""
        self.charge(1)
        kind = type(value)
        if value is None:
            self.add("null")
        elif value is True:
            self.add("true")
        elif value is False:
            self.add("false")
        # issubclass of the type, not isinstance: that one asks the value for its __class__.
        elif issubclass(kind, str):
            if str.__len__(value) > self.left:
                raise _TooLarge
            self.add(encode_basestring_ascii(str.__str__(value)))
        elif issubclass(kind, int):
            self.integer(value)
        elif issubclass(kind, float) and float.__sub__(value, value) == 0:
            self.add(float.__repr__(value))
        elif issubclass(kind, (dict, list, tuple)) and len(path) >= MAX_DEPTH:
            # Deeper JSON is refused by the host, and repr() would show it once more for each level.
            self.described(type_name(value), f"<nested deeper than {MAX_DEPTH} levels>")
        elif issubclass(kind, dict):
            self.mapping(value, path)
        elif issubclass(kind, list):
            self.sequence(value, list.__iter__(value), path)
        elif issubclass(kind, tuple) and not hasattr(kind, "_asdict"):
            self.sequence(value, tuple.__iter__(value), path)
        else:
            self.other(value, path)

    def integer(self, value):
        if int.__le__(-MAX_EXACT_INT, value) and int.__le__(value, MAX_EXACT_INT):
            self.add(int.__repr__(value))
        else:
            # Its digits, and not what a subclass shows.
            known = value is self.top and type(value) is int
            self.described(type_name(value), self.text if known else text_of(int.__int__(value)))

    def mapping(self, value, path):
        # Through `dict` itself: a subclass may have its own idea of items().
        entries = [(_name_of(key), item) for key, item in list(dict.items(value))]
        names = {name for name, _ in entries}
        if id(value) in path or None in names or len(names) < len(entries):
            self.opaque(value)
            return
        path = path | {id(value)}
        self.charge(7)
        self.add("{")
        for index, (name, item) in enumerate(entries):
            if index:
                self.add(",")
            if name not in self.names:
                self.names.add(name)
                self.charge(60)
            self.value(name, path)
            self.add(":")
            self.value(item, path)
        self.add("}")

    def sequence(self, value, items, path):
        if id(value) in path:
            self.opaque(value)
            return
        path = path | {id(value)}
        self.charge(7)
        self.add("[")
        for index, item in enumerate(items):
            if index:
                self.add(",")
            self.value(item, path)
        self.add("]")

    def other(self, value, path):
        """By what it offers; see `plain`."""
        if id(value) in path or len(path) >= MAX_DEPTH:
            self.opaque(value)
            return
        try:
            simpler = plain.simpler(value, self.left)
        except plain.TooLarge:
            raise _TooLarge from None
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException:
            simpler = plain.NOTHING
        if simpler is plain.NOTHING:
            self.opaque(value)
        else:
            self.value(simpler, path | {id(value)})

    def opaque(self, value):
        self.described(type_name(value), self.text if value is self.top else text_of(value))

    def described(self, name, text):
        if len(name) + len(text) > self.left:
            raise _TooLarge
        self.add(f'{{"type":{encode_basestring_ascii(name)},"repr":{encode_basestring_ascii(text)}}}')


def _name_of(key):
    if type(key) is str:
        return key
    try:
        return plain.name_of(key)
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException:
        return None


def fields_of(value, budget):
    """The fields of a result as JSON text: the value, what Python shows of it, and whether the value had to be cut."""
    text = "" if value is None else text_of(value)
    found, cut = _to_json(value, budget, text)
    shown = "null" if value is None else encode_basestring_ascii(shortened(text, MAX_TEXT))
    return f'"result":{found},"resultText":{shown},"resultCut":{"true" if cut else "false"}'


def to_json(value, budget):
    """The JSON text of `value` and whether it had to be cut to stay within `budget` characters."""
    return _to_json(value, budget, None)


def _to_json(value, budget, text):
    writer = _Writer(budget) if text is None else _Writer(budget, value, text)
    try:
        writer.value(value, frozenset())
        return "".join(writer.pieces), False
    except (_TooLarge, RecursionError, MemoryError):
        return _cut(value, budget, text_of(value) if text is None else text), True


def _cut(value, budget, text):
    # Six characters is what the worst character takes in ASCII JSON.
    room = max(0, budget - 100) // 6
    if issubclass(type(value), str):
        return encode_basestring_ascii(str.__str__(value)[:room])
    name = type_name(value)[:100]
    return f'{{"type":{encode_basestring_ascii(name)},"repr":{encode_basestring_ascii(text[:room])}}}'
