"""Rich results in Jupyter's form: what an object can be shown as, sent to the host while the code runs."""

import base64
import re

from .. import json_text
from ..cell import failure
from . import result, value_text

MAX_CHARS = 8 * 2**20
"""Longest form that is sent, in characters; bytes count as base64."""
MAX_JSON_CHARS = 2 * 2**20
"""Longest form that is data and no text, as JSON text."""
MAX_TEXT_CHARS = 100_000
MAX_TOTAL_CHARS = 6 * MAX_CHARS
"""Of all forms of one run together."""
MAX_FORMS = 1000

_MIME = re.compile(r"[\w.+-]{1,90}/[\w.+;= -]{1,100}", re.ASCII)

_METHODS = {
    "text/html": "_repr_html_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "application/pdf": "_repr_pdf_",
    "text/markdown": "_repr_markdown_",
    "text/latex": "_repr_latex_",
    "application/json": "_repr_json_",
    "application/javascript": "_repr_javascript_",
}

# Forms of libraries that do not say them by methods: (module, class, function of the object that gives a bundle).
_formatters = []
_send = None
_count = 0
_handles = 0
_left = {}
_dropped = 0


def connect(send):
    """A worker has come up: `send` takes a MIME type and two JSON texts, data and metadata."""
    global _send
    _send = send


def begin():
    """A run begins: nothing has been shown yet."""
    global _count, _dropped
    _count = _dropped = 0
    _left.update(chars=MAX_TOTAL_CHARS, forms=MAX_FORMS, told=1)


def add_formatter(module, name, function, alone=False):
    """
    Objects of the class, looked up by name so that nothing is imported, get the forms that `function` gives: `alone`, or
    beside those of their own.
    """
    _formatters.append((module, name, function, alone))


class DisplayHandle:
    """Something that was shown, and can be shown again when it has changed."""

    def __init__(self, display_id=None):
        global _handles
        _handles += 1
        self.display_id = f"display-{_handles}" if display_id is None else str(display_id)

    def display(self, *objects, **options):
        display(*objects, display_id=self.display_id, **options)

    update = display


def display(*objects, metadata=None, raw=False, display_id=None, **_options):
    """
    Shows objects in every form that they have; with `raw` they are dictionaries from MIME type to data. With `display_id`,
    a name or True, gives a handle by which it is updated: shown again, with the same `display_id` in its metadata.
    """
    handle = None
    if display_id is not None and display_id is not False:
        handle = DisplayHandle(None if display_id is True else display_id)
        metadata = {**(metadata or {}), "display_id": handle.display_id}
    for each in objects:
        forms, details = (_checked(each), {}) if raw else forms_of(each)
        _show(forms, {**details, **(metadata or {})})
    return handle


def update_display(*objects, display_id, **options):
    """Shows again what has this id."""
    display(*objects, display_id=display_id, **options)


def _checked(forms):
    for mime in forms:
        if not _is_mime(mime):
            raise ValueError(f"not a MIME type: {value_text.text_of(mime)[:200]}")
    return dict(forms)


def _is_mime(mime):
    return type(mime) is str and _MIME.fullmatch(mime) is not None


def show_result(value):
    """Shows the value of a last expression, when there is more to it than its text."""
    if value is None or type(value) in (str, int, float, bool, list, dict, tuple, bytes):
        return
    forms, details = forms_of(value)
    if any(mime != "text/plain" for mime in forms) or "errors" in details:
        _show(forms, details)


def forms_of(value):
    """Every form of `value` by MIME type, and their metadata. What raises is left out and named in `errors`."""
    forms, details, errors = {}, {}, {}
    if not isinstance(value, type):
        ours = [entry for entry in _formatters if is_instance(value, *entry[:2])]
        for _module, name, function, _alone in ours:
            _collect(forms, details, errors, name, lambda function=function: function(value))
        if not forms or not any(alone for *_, alone in ours):
            _collect_own(value, forms, details, errors)
    forms.setdefault("text/plain", _text(value))
    if errors:
        details["errors"] = errors
    return forms, details


def _collect_own(value, forms, details, errors):
    _collect(forms, details, errors, "_repr_mimebundle_", lambda: _bundle(value))
    for mime, method in _METHODS.items():
        if mime not in forms and hasattr(type(value), method):
            _collect(forms, details, errors, mime, lambda method=method, mime=mime: _form(value, method, mime))


def _collect(forms, details, errors, name, ask):
    """Asks an object for forms; it may do anything but end the run."""
    try:
        _take(forms, details, ask())
    except Exception as error:
        errors[name] = f"{type(error).__name__}: {failure.message_of(error)[:1000]}"


def _take(forms, details, found):
    if isinstance(found, tuple):
        found, more = found
        if isinstance(more, dict):
            details.update({key: item for key, item in more.items() if type(key) is str})
    forms.update({mime: data for mime, data in found.items() if data is not None and _is_mime(mime) and mime not in forms})


def _bundle(value):
    if not hasattr(type(value), "_repr_mimebundle_"):
        return {}
    found = value._repr_mimebundle_(include=None, exclude=None)
    return {} if found is None else found


def _form(value, method, mime):
    found = getattr(value, method)()
    data, more = found if isinstance(found, tuple) and len(found) == 2 else (found, {})
    return {mime: data}, ({mime: more} if more else {})


def is_instance(value, module, name):
    return any(
        base.__name__ == name and (base.__module__ == module or base.__module__.startswith(module + "."))
        for base in type(value).__mro__
    )


def _text(value):
    text = value_text.text_of(value)
    return text if len(text) <= MAX_TEXT_CHARS else f"{text[:MAX_TEXT_CHARS]}..."


def dropped():
    """Forms that were shown in this run and are left out."""
    return _dropped


def _show(forms, details):
    global _count, _dropped
    _count += 1
    shared = {"id": _count, **{key: item for key, item in details.items() if "/" not in key}}
    for index, (mime, data) in enumerate(forms.items()):
        text = _encoded(mime, data)
        if text is None:
            _dropped += 1
            most = MAX_CHARS if isinstance(data, (str, bytes, bytearray, memoryview)) else MAX_JSON_CHARS
            text = json_text.dumps(f"<{mime} left out: longer than {most} characters, or of too many parts>")
            mime = "text/plain"
        _left["chars"] -= len(text)
        _left["forms"] -= 1
        if min(_left.values()) < 0:
            _dropped += len(forms) - index
            _say_once()
            return
        own = details.get(mime)
        metadata, _ = result.to_json({**shared, **own} if isinstance(own, dict) else shared, 100_000)
        _send(mime, text, metadata)


def _say_once():
    if not _left.pop("told", 0):
        return
    failure.write_to_stderr(f"More was shown than {MAX_FORMS} forms of {MAX_TOTAL_CHARS >> 20} MiB: the rest is left out.\n")


def _encoded(mime, data):
    """JSON text of the data, or None when it is too long. Looks at the length before anything is copied."""
    if isinstance(data, (bytes, bytearray, memoryview)):
        if len(data) * 4 // 3 > MAX_CHARS:
            return None
        return json_text.dumps(base64.b64encode(data).decode("ascii"))
    if isinstance(data, str):
        if len(data) > MAX_CHARS:
            return None
        text = json_text.dumps(data)
        return text if len(text) <= MAX_CHARS + 2 else None
    text, cut = result.to_json(data, MAX_JSON_CHARS)
    return None if cut else text


def install():
    import builtins

    builtins.display = display
