"""Reads time zones, from the IANA database and from rules such as `EST5EDT,M3.2.0,M11.1.0`."""

import calendar
import re
import struct
from typing import NamedTuple

from . import time_zones

# Until when changes by rule are told.
_LAST_YEAR = 2100
_OFFSET = r"[+-]?\d{1,3}(?::\d\d){0,2}"
_NAME = r"(<[A-Za-z0-9+-]{1,15}>|[A-Za-z]{3,15})"
_DATE = rf"(M\d{{1,2}}\.\d\.\d|J\d{{1,3}}|\d{{1,3}})(?:/({_OFFSET}))?"
_RULE = re.compile(rf"{_NAME}({_OFFSET})(?:{_NAME}({_OFFSET})?(?:,{_DATE},{_DATE})?)?")


class Kind(NamedTuple):
    """What holds between two changes: seconds to the east of UTC."""

    offset: int
    is_summer: bool
    name: str


def read(name):
    """The changes, in seconds since 1970, and the kinds: one before the first change, and one from each on.

    Raises LookupError and ValueError for what is neither a zone nor a rule.
    """
    data = time_zones.find(name)
    if data is None:
        return _by_rule(name, [], [])
    header = struct.unpack_from(">4s16x6l", data)
    _, utc, standard, leaps, times, kinds, chars = header
    # The first half has times of 32 bits.
    start = 44 + times * 5 + kinds * 6 + chars + leaps * 8 + standard + utc
    _, _, _, _, times, kinds, chars = struct.unpack_from(">4s16x6l", data, start)
    start += 44
    changes = list(struct.unpack_from(f">{times}q", data, start))
    indices = data[start + times * 8 : start + times * 9]
    start += times * 9
    names = data[start + kinds * 6 : start + kinds * 6 + chars]
    found = []
    for offset, is_summer, at in struct.iter_unpack(">lBB", data[start : start + kinds * 6]):
        found.append(Kind(offset, bool(is_summer), names[at : names.index(b"\0", at)].decode()))
    before = next((kind for kind in found if not kind.is_summer), found[0])
    rule = data.rstrip(b"\n").rpartition(b"\n")[2].decode()
    return _by_rule(rule, changes, [before, *(found[index] for index in indices)])


def _by_rule(rule, changes, kinds):
    """Adds the changes that a rule tells for all the years from the last change on."""
    parts = _RULE.fullmatch(rule)
    if parts is None:
        raise ValueError(rule)
    name, offset, summer_name, summer_offset, begin, begin_at, end, end_at = parts.groups()
    standard = Kind(-_seconds(offset), False, name.strip("<>"))
    kinds = kinds or [standard]
    if summer_name is None:
        return changes, kinds
    ahead = standard.offset + 3600 if summer_offset is None else -_seconds(summer_offset)
    summer = Kind(ahead, True, summer_name.strip("<>"))
    first = 1970 if not changes else 1970 + changes[-1] // 31_556_952
    for year in range(first, _LAST_YEAR):
        of_year = [
            (_moment(year, begin or "M3.2.0", begin_at) - standard.offset, summer),
            (_moment(year, end or "M11.1.0", end_at) - summer.offset, standard),
        ]
        for change, kind in sorted(of_year):
            if not changes or change > changes[-1]:
                changes.append(change)
                kinds.append(kind)
    return changes, kinds


def _moment(year, date, at):
    """The seconds from 1970 to a local time of a year."""
    if date[0] == "M":
        month, week, weekday = map(int, date[1:].split("."))
        first, length = calendar.monthrange(year, month)
        # Sunday is 0 here, and 6 there.
        day = 1 + (weekday - first - 1) % 7 + 7 * (week - 1)
        days = _days(year, month, day if day <= length else day - 7)
    elif date[0] == "J":
        # The 29th of February is not counted.
        days = _days(year, 1, 1) + int(date[1:]) - 1 + (calendar.isleap(year) and int(date[1:]) > 59)
    else:
        days = _days(year, 1, 1) + int(date)
    return days * 86_400 + (7200 if at is None else _seconds(at))


def _days(year, month, day):
    return calendar.timegm((year, month, day, 0, 0, 0)) // 86_400


def _seconds(offset):
    sign = -1 if offset[0] == "-" else 1
    parts = [int(part) for part in offset.lstrip("+-").split(":")]
    return sign * sum(part * unit for part, unit in zip(parts, (3600, 60, 1)))
