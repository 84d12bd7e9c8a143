"""The value of the last expression as JSON text, within a budget, whatever the value does."""

from json.encoder import encode_basestring_ascii

MAX_DEPTH = 100
MAX_EXACT_INT = 2**53 - 1
MAX_WORK = 1_300_000
"""What the host may have to do to parse the text: 1 for each value, 7 for each container, 60 for each new name."""


class _TooLarge(Exception):
    """The text would be longer than the budget."""


class _Writer:
    def __init__(self, budget):
        self.left = budget
        self.work = max(MAX_WORK, budget // 2)
        self.names = set()
        self.pieces = []

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
        if value is None:
            self.add("null")
        elif value is True:
            self.add("true")
        elif value is False:
            self.add("false")
        # issubclass of the type, not isinstance: that one asks the value for its __class__.
        elif issubclass(type(value), str):
            if str.__len__(value) > self.left:
                raise _TooLarge
            self.add(encode_basestring_ascii(str.__str__(value)))
        elif type(value) is int and -MAX_EXACT_INT <= value <= MAX_EXACT_INT:
            self.add(int.__repr__(value))
        elif type(value) is float and value - value == 0:
            self.add(float.__repr__(value))
        elif issubclass(type(value), (dict, list, tuple)) and len(path) >= MAX_DEPTH:
            # repr() of it would recurse in C as deep as the value is nested, and break the interpreter.
            self.described(type_name(value), f"<nested deeper than {MAX_DEPTH} levels>")
        elif issubclass(type(value), dict):
            self.mapping(value, path)
        elif issubclass(type(value), (list, tuple)):
            self.sequence(value, path)
        else:
            self.opaque(value)

    def mapping(self, value, path):
        # Through `dict` itself: a subclass may have its own idea of items().
        entries = list(dict.items(value))
        if id(value) in path or not all(type(key) is str for key, _ in entries):
            self.opaque(value)
            return
        path = path | {id(value)}
        self.charge(7)
        self.add("{")
        for index, (key, item) in enumerate(entries):
            if index:
                self.add(",")
            if key not in self.names:
                self.names.add(key)
                self.charge(60)
            self.value(key, path)
            self.add(":")
            self.value(item, path)
        self.add("}")

    def sequence(self, value, path):
        if id(value) in path:
            self.opaque(value)
            return
        path = path | {id(value)}
        self.charge(7)
        items = list.__iter__(value) if issubclass(type(value), list) else tuple.__iter__(value)
        self.add("[")
        for index, item in enumerate(items):
            if index:
                self.add(",")
            self.value(item, path)
        self.add("]")

    def opaque(self, value):
        self.described(type_name(value), text_of(value))

    def described(self, name, text):
        if len(name) + len(text) > self.left:
            raise _TooLarge
        self.add(f'{{"type":{encode_basestring_ascii(name)},"repr":{encode_basestring_ascii(text)}}}')


def to_json(value, budget):
    """The JSON text of `value` and whether it had to be cut to stay within `budget` characters."""
    writer = _Writer(budget)
    try:
        writer.value(value, frozenset())
        return "".join(writer.pieces), False
    except (_TooLarge, RecursionError, MemoryError):
        return _cut(value, budget), True


def _cut(value, budget):
    # Six characters is what the worst character takes in ASCII JSON.
    room = max(0, budget - 100) // 6
    if issubclass(type(value), str):
        return encode_basestring_ascii(str.__str__(value)[:room])
    text = text_of(value)[:room]
    name = type_name(value)[:100]
    return f'{{"type":{encode_basestring_ascii(name)},"repr":{encode_basestring_ascii(text)}}}'


def type_name(value):
    try:
        return str.__str__(type(value).__name__)
    except Exception:
        return "object"


def text_of(value):
    """`repr(value)`, whatever the value does."""
    try:
        return str.__str__(repr(value))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return f"<repr() raised {type_name(error)}>"
