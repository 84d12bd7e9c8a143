"""Unpacks wheels. They are hostile: a caller who names a package has not read what is in it."""

import importlib
import os
import stat
import sys

from .. import json_text

_MAX_FILES = 50_000
_CHUNK = 1 << 20
# Parts of a wheel's data folder that have a place here; scripts and headers have none.
_SCHEMES = ("purelib", "platlib")


class WheelError(Exception):
    """The wheel cannot be unpacked; the message says why."""


def unpack(path, target, max_bytes):
    """Unpacks the wheel at `path` into the folder `target`. Gives as JSON text its size and the modules at its top, or
    the error for which it was refused."""
    try:
        files, size = _open(path, target, max_bytes)
    except WheelError as error:
        return json_text.dumps({"error": str(error)})
    return json_text.dumps({"bytes": size, "modules": import_names(files)})


def _open(path, target, max_bytes):
    # Not with this module, which is in the memory of every worker.
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            return _unpack(archive, target, max_bytes)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, UnicodeError) as error:
        raise WheelError(f"it is not a zip archive that can be read: {error}") from None
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise WheelError(f"it is damaged: {error}") from None
        raise


def _unpack(archive, target, max_bytes):
    entries = archive.infolist()
    if len(entries) > _MAX_FILES:
        raise WheelError(f"it has {len(entries)} files, at most {_MAX_FILES} are allowed")
    declared = sum(entry.file_size for entry in entries)
    if declared > max_bytes:
        raise WheelError(f"it would take {declared} bytes unpacked, at most {max_bytes} are allowed")
    written = []
    left = max_bytes
    for entry in entries:
        name = _place(entry)
        if name is None or entry.is_dir():
            continue
        path = os.path.join(target, name)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            left -= _copy(archive, entry, path, left)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise WheelError(f'"{entry.filename}" is a file and a folder at once') from None
        written.append(name)
    return written, max_bytes - left


def _place(entry):
    """Where a file belongs, below site-packages; None for what has no place here."""
    name = entry.filename
    # zipfile itself cuts a name at its first NUL and turns backslashes of Windows: the original shows both.
    if "\\" in name or "\0" in entry.orig_filename or "\\" in entry.orig_filename or not name:
        raise WheelError(f"{entry.orig_filename!r} is no file name that a wheel may have")
    parts = name.rstrip("/").split("/")
    if name.startswith("/") or ":" in parts[0] or any(part in ("", ".", "..") for part in parts):
        raise WheelError(f'"{name}" leads out of its folder')
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise WheelError(f'"{name}" is a link or a device, only files and folders are allowed')
    if entry.flag_bits & 1:
        raise WheelError(f'"{name}" is encrypted')
    if parts[0].endswith(".data") and len(parts) > 1:
        return "/".join(parts[2:]) or None if parts[1] in _SCHEMES else None
    return "/".join(parts)


def _copy(archive, entry, path, left):
    size = 0
    with archive.open(entry) as source, open(path, "wb") as output:
        # The declared size may be a lie: what comes out is counted.
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > left or size > entry.file_size:
                raise WheelError(f'"{entry.filename}" is larger than it says')
            output.write(chunk)
    return size


def import_names(files):
    """The modules at the top of a wheel, by the paths of its files: what `import` finds, without private ones."""
    names = set()
    for path in files:
        top, _, rest = path.partition("/")
        if rest:
            name = top if rest == "__init__.py" else None
        else:
            name = top.split(".")[0] if top.endswith((".py", ".so")) else None
        if name and name.isidentifier() and not name.startswith("_"):
            names.add(name)
    return sorted(names)


def import_all(names):
    """Imports modules. Gives what was raised, by the name of the module."""
    importlib.invalidate_caches()
    failures = {}
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:
            failures[name] = f"{type(error).__name__}: {error}"[:1000]
    return failures


def forget():
    """Leaves no trace of the unpacking in the image: file lists that the import system holds are out of date."""
    sys.path_importer_cache.clear()
