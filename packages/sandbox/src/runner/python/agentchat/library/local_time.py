"""Local time: that of the variable TZ, as C has it, and UTC where there is none."""

import bisect
import os
import time

from .. import json_text
from . import zone_rules

_UTC = {"changes": [], "offsets": [0], "summer": [False], "names": ["UTC", "UTC"], "standard": 0, "daylight": False}
# What is set in it is for everybody.
_time = vars(time)
_set_zone = None
_zone = _UTC
_name = ""


def connect(set_zone):
    """A worker has come up: `set_zone` takes a zone as JSON text. A session may have come with one."""
    global _set_zone
    _set_zone = set_zone
    _set_zone(json_text.dumps(_zone))


def tzset():
    """Initialize, or reinitialize, the local timezone to the value stored in os.environ['TZ']."""
    global _name, _zone
    name = os.environ.get("TZ", "").removeprefix(":")
    if name == _name:
        return
    _name, _zone = name, _zone_of(name)
    _set_zone(json_text.dumps(_zone))
    _tell_module()


def _tell_module():
    standard, summer = _zone["standard"], _zone["summer_offset"] if _zone["daylight"] else _zone["standard"]
    _time.update(tzname=tuple(_zone["names"]), timezone=-standard, altzone=-summer, daylight=int(_zone["daylight"]))


def _zone_of(name):
    try:
        changes, kinds = zone_rules.read(name)
    except (LookupError, ValueError):
        # As C has it: a name that nobody knows is UTC.
        return _UTC
    begin = (time.gmtime().tm_year - 1970) * 31_556_952
    found = [kinds[bisect.bisect(changes, begin + days * 86_400)] for days in (15, 196)]
    standard, summer = sorted(found, key=lambda kind: kind.is_summer)
    return {
        "changes": changes,
        "offsets": [kind.offset for kind in kinds],
        "summer": [kind.is_summer for kind in kinds],
        "names": [standard.name, summer.name],
        "standard": standard.offset,
        "summer_offset": summer.offset,
        "daylight": standard != summer,
    }


def install():
    time.tzset = tzset
    _tell_module()
