"""Small parts of the operating system that programs ask for: the user's name, locales, a browser."""

import locale
import _locale
import operator
import os
import pathlib
import sys
import types

from . import libraries

USER = "user"
_HOME = "/workspace"
# What a machine has on which no locales were installed.
_LOCALES = {"C": "C", "POSIX": "C", "C.UTF-8": "C.UTF-8", "C.utf8": "C.utf8", "": "C.UTF-8"}


class _Record(tuple):
    """What `pwd`, `grp` and `resource` give: a tuple whose items have names."""

    __slots__ = ()

    def __repr__(self):
        fields = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self))
        return f"{type(self).__module__}.{type(self).__name__}({fields})"


def record(name, fields, module):
    """A type of such tuples, with these fields, that seems to be made in `module`."""
    names = fields.split()
    members = {each: property(operator.itemgetter(index)) for index, each in enumerate(names)}
    return type(name, (_Record,), {"__slots__": (), "_fields": names, "n_fields": len(names), "__module__": module, **members})


def _database(name, record, entry, by_id, by_name, all_entries):
    """A module with the only entry of a database of users or groups."""
    module = types.ModuleType(name, f"The only entry of the database of {'users' if name == 'pwd' else 'groups'}.")

    def find_id(number, /):
        if operator.index(number) != entry[2]:
            raise KeyError(f"{by_id}(): {'uid' if name == 'pwd' else 'gid'} not found: {number}")
        return entry

    def find_name(text, /):
        if not isinstance(text, str):
            raise TypeError(f"{by_name}() argument must be str, not {type(text).__name__}")
        if "\0" in text:
            raise ValueError("embedded null byte")
        if text != entry[0]:
            raise KeyError(f"{by_name}(): name not found: {text!r}")
        return entry

    def find_all():
        return [entry]

    for function, text in ((find_id, by_id), (find_name, by_name), (find_all, all_entries)):
        function.__name__ = function.__qualname__ = text
        setattr(module, text, function)
    setattr(module, record.__name__, record)
    sys.modules[name] = module


def _install_users():
    passwd = record("struct_passwd", "pw_name pw_passwd pw_uid pw_gid pw_gecos pw_dir pw_shell", "pwd")
    group = record("struct_group", "gr_name gr_passwd gr_gid gr_mem", "grp")
    own, shared = os.getuid(), os.getgid()
    user, members = passwd((USER, "x", own, shared, "", _HOME, "/bin/sh")), group((USER, "x", shared, []))
    _database("pwd", passwd, user, "getpwuid", "getpwnam", "getpwall")
    _database("grp", group, members, "getgrgid", "getgrnam", "getgrall")
    # Some have looked already, and noted that there are none.
    for module in list(sys.modules.values()):
        for name in ("pwd", "grp"):
            if getattr(module, "__dict__", {}).get(name, module) is None:
                setattr(module, name, sys.modules[name])
    pathlib.Path.owner, pathlib.Path.group = _owner, _group


def _owner(self, *, follow_symlinks=True):
    """Return the login name of the file owner."""
    return sys.modules["pwd"].getpwuid(self.stat(follow_symlinks=follow_symlinks).st_uid).pw_name


def _group(self, *, follow_symlinks=True):
    """Return the group name of the file gid."""
    return sys.modules["grp"].getgrgid(self.stat(follow_symlinks=follow_symlinks).st_gid).gr_name


def _change_getpass(module):
    """There is no terminal whose echo could be turned off."""
    module.getpass = module.fallback_getpass


def _setlocale(set_locale):
    """C's function takes every name, and changes nothing."""

    def setlocale(category, locale=None):
        if locale is None:
            return set_locale(category, None)
        # Where they are not all the same, `setlocale(LC_ALL)` gives one for each category, to be set again later.
        each = locale.split(";") if category == _locale.LC_ALL else [locale]
        if not _LOCALES.keys() >= set(each):
            raise _locale.Error("unsupported locale setting")
        names = ";".join(_LOCALES[one] for one in each)
        set_locale(category, names)
        return names

    return setlocale


def _change_webbrowser(module):
    module.open = lambda url, new=0, autoraise=True: False
    module.open_new = module.open_new_tab = lambda url: False


def install():
    _install_users()
    _locale.setlocale = locale._setlocale = _setlocale(_locale.setlocale)
    libraries.when_imported("getpass", _change_getpass)
    libraries.when_imported("webbrowser", _change_webbrowser)
