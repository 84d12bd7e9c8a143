"""What Python shows of a value, whatever the value does."""

import re
import sys

from .. import json_text

MAX_DIGITS = 1_000_000
"""More digits of a whole number take seconds."""
MAX_REASON = 300
_get_limit, _set_limit = sys.get_int_max_str_digits, sys.set_int_max_str_digits
_MANY_DIGITS = re.compile(r"\d{4000}")


def type_name(value):
    try:
        return str.__str__(type(value).__name__)
    except Exception:
        return "object"


def text_of(value):
    """`repr(value)`, also of whole numbers that are longer than Python prints."""
    try:
        return str.__str__(repr(value))
    except KeyboardInterrupt:
        raise
    except ValueError as error:
        return _long_text(value, error)
    except BaseException as error:
        return _failed(error)


def _long_text(value, error):
    limit = _get_limit()
    if not 0 < limit < MAX_DIGITS:
        return _failed(error)
    _set_limit(MAX_DIGITS)
    try:
        return str.__str__(repr(value))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return _failed(error)
    finally:
        _set_limit(limit)


def from_json(text):
    """What JSON text holds, also whole numbers that are longer than Python reads."""
    limit = _get_limit()
    if not 0 < limit < MAX_DIGITS or _MANY_DIGITS.search(text) is None:
        return json_text.loads(text)
    _set_limit(MAX_DIGITS)
    try:
        return json_text.loads(text)
    finally:
        _set_limit(limit)


def _failed(error):
    try:
        reason = str.__str__(str(error))[:MAX_REASON]
    except KeyboardInterrupt:
        raise
    except BaseException:
        reason = ""
    return f"<repr() raised {type_name(error)}{reason and ': '}{reason}>"


def shortened(text, limit):
    """Head and tail of a text that is longer than `limit`."""
    if len(text) <= limit:
        return text
    half = limit // 2 - 30
    return f"{text[:half]}\n... {len(text) - 2 * half} characters left out ...\n{text[-half:]}"
