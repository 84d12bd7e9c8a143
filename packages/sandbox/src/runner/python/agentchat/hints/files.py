"""Hints for files that are not there, and for bytes that are no text."""

import errno
import os

from .text import listed, nearest, quoted

_MAX_ENTRIES = 1000
# Where other places keep a user's files.
_FOREIGN = (
    "/mnt/",
    "/home/",
    "/Users/",
    "/content/",
    "/kaggle/",
    "/root/",
    "/data/",
    "/input/",
    "/app/",
    "/tmp/",
    "/path/to/",
    "sandbox:/",
    "file:/",
    "~",
)
_FORMATS = (
    (b"\x1f\x8b", "gzip data: use `gzip.open(path, 'rt')`"),
    (b"PK\x03\x04", "a zip archive, as .xlsx and .docx files are: use zipfile, or the library for that format"),
    (b"\x89PNG", "a PNG picture: open it with mode 'rb'"),
    (b"\xff\xd8\xff", "a JPEG picture: open it with mode 'rb'"),
    (b"%PDF", "a PDF: open it with mode 'rb' and a library for PDF"),
    (b"\xd0\xcf\x11\xe0", "an old file of Office: open it with a library for that format"),
    (b"PAR1", "Parquet: use `pandas.read_parquet`"),
    (b"SQLite format 3", "an SQLite database: use sqlite3"),
    (b"\x80\x04", "a pickle: use mode 'rb' and pickle"),
    (b"\x80\x05", "a pickle: use mode 'rb' and pickle"),
)
_MARKS = ((b"\xff\xfe\x00\x00", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def of_missing_file(failure):
    path = failure.error.filename
    if type(path) is bytes:
        path = path.decode("utf-8", "replace")
    if type(path) is not str or not path:
        return None
    here = os.getcwd()
    folder, name = os.path.split(path.replace("\\", "/").rstrip("/"))
    if _is_foreign(path):
        return _foreign(path, name, here)
    target = os.path.join(here, folder)
    if not os.path.isdir(target):
        if os.path.isabs(path):
            return _outside(path, here)
        return (
            f"The folder {quoted(folder)} does not exist: make it with `os.makedirs(..., exist_ok=True)` before writing into it. "
            + _contents(here)
        )
    entries = os.listdir(target)[:_MAX_ENTRIES]
    meant = nearest(name, entries)
    if meant is not None:
        return f"There is no {quoted(path)}; the nearest is {quoted(os.path.join(folder, meant))}."
    if folder and os.path.exists(os.path.join(here, name)):
        return f"There is no {quoted(path)}; {quoted(name)} lies in the working folder {quoted(here)}."
    if os.path.isabs(path):
        return _outside(path, here)
    return f"There is no {quoted(path)}: give it by the option `files`, or make it in the code. {_contents(here)}"


def _is_foreign(path):
    windows = len(path) > 2 and path[0].isalpha() and path[1] == ":" and path[2] in "\\/"
    return windows or path.startswith(_FOREIGN) or "\\" in path


def _foreign(path, name, here):
    entries = os.listdir(here)[:_MAX_ENTRIES]
    meant = name if name in entries else nearest(name, entries)
    start = f"There is no {quoted(path)} here: files lie in the working folder {quoted(here)}"
    if meant is not None:
        return f"{start}, so open {quoted(meant)}."
    return f"{start} and are opened by their names alone, as {quoted(name)}; give them by the option `files`. {_contents(here)}"


def _outside(path, here):
    return (
        f"There is no {quoted(path)}: files of the host are seen only when the options `allowRead` or `allowWrite` grant them. "
        + _contents(here)
    )


def _contents(folder):
    names = sorted(os.listdir(folder)[:_MAX_ENTRIES])
    return f"The working folder holds {listed(names)}." if names else "The working folder is empty."


def of_quota(failure):
    if failure.error.errno != errno.ENOSPC:
        return None
    return (
        "Files in memory are bounded: `maxFileBytes` says how many bytes they may hold in all, `maxFiles` how many of them there may be. Remove "
        "files that are no longer needed, or raise the option."
    )


def of_encoding(failure):
    error = failure.error
    if isinstance(error, UnicodeDecodeError) and type(error.object) is bytes:
        return _undecodable(error, error.object)
    if isinstance(error, UnicodeEncodeError) and type(error.object) is str:
        return _unencodable(error, error.object)
    return None


def _undecodable(error, data):
    # A reader that goes through a file in pieces has only one of them here, so the start may not be the file's.
    for start, what in _FORMATS:
        if data.startswith(start):
            return f"These bytes are no text but {what}."
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return f"These bytes begin as those of {encoding} do: read them with `encoding='{encoding}'`."
    if data[:200].count(0) * 3 > len(data[:200]):
        return "Every other byte is 0, as in UTF-16: try `encoding='utf-16'`. If it is no text, open it with mode 'rb'."
    byte = data[error.start]
    before = data[max(0, error.start - 15) : error.start].decode("latin-1")
    where = f"Byte 0x{byte:02x} at position {error.start}" + (f", after {quoted(before)}," if before else "")
    try:
        meant = bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return f"{where} is not {error.encoding}: try `encoding='latin-1'`; if it is no text, open it with mode 'rb'."
    return (
        f"{where} is not {error.encoding}; in Windows-1252 it is {quoted(meant)}: try `encoding='cp1252'` (or `errors='replace'`); if it is no "
        "text, open it with mode 'rb'."
    )


def _unencodable(error, text):
    char = text[error.start]
    if "\ud800" <= char <= "\udfff":
        return (
            f"U+{ord(char):04X} is half of a character and cannot be written: make the text with `errors='surrogateescape'` both ways, or drop "
            "such halves with `.encode('utf-8', 'replace')`."
        )
    return f"{quoted(char)} (U+{ord(char):04X}) does not exist in {error.encoding}: write with `encoding='utf-8'`."
