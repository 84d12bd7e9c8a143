"""Gives `zoneinfo` the IANA database. Zones that are found on TZPATH, or in an installed `tzdata`, come first."""

import base64
import io
import zlib

from .. import json_text
from . import libraries, time_zone_data

_packed = base64.b64decode(time_zone_data.PACKED)
_places = {}
_bytes = b""


def names():
    """The names of all zones."""
    _unpack()
    return _places.keys()


def _unpack():
    global _places, _bytes
    if not _bytes:
        index, _, _bytes = zlib.decompress(_packed).partition(b"\n")
        _places = json_text.loads(index)


def find(key):
    """The file of a zone, or None."""
    _unpack()
    if key not in _places:
        return None
    start, length = _places[key]
    return _bytes[start : start + length]


def _change_common(module):
    load = module.load_tzdata

    def load_tzdata(key):
        try:
            return load(key)
        except module.ZoneInfoNotFoundError:
            data = find(key)
            if data is None:
                raise module.ZoneInfoNotFoundError(f"No time zone found with key {key}") from None
        return io.BytesIO(data)

    module.load_tzdata = load_tzdata


def _change_zoneinfo(module):
    search = module.available_timezones

    def available_timezones():
        """The names of all time zones that `ZoneInfo` knows."""
        return search() | names()

    module.available_timezones = module._tzpath.available_timezones = available_timezones


def install():
    # The text was needed to make bytes of it.
    del time_zone_data.PACKED
    libraries.when_imported("zoneinfo._common", _change_common)
    libraries.when_imported("zoneinfo", _change_zoneinfo)
