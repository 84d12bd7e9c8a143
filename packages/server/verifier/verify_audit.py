#!/usr/bin/env python3
"""Verifies an export of the audit log, or one proof of it, without any code of the service.

Written from the specifications: C2SP signed-note, tlog-checkpoint, tlog-tiles and tlog-proof, RFC 6962 section 2.1, and
"The export" in docs/audit.md. Needs Python 3.9 and the package "cryptography" (Debian: python3-cryptography).

  verify_audit.py --key VKEY [--heads FILE] FOLDER...   one line for each folder; exit code 1 when one is bad
  verify_audit.py --key VKEY --proof FILE [--handovers FILE]   prints the entry that is proved

VKEY may be any key that has signed the log: hand-overs lead from each to those before and after it.
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256
HASH = 32
COLUMNS = ("deed", "phase", "time", "actor", "action", "resource", "outcome", "execution")


class Bad(Exception):
    """The log, or the proof, is not what was signed."""


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: list) -> bytes:
    """The root over 2^n hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


class Key:
    """A vkey: <name>+<hex of key ID>+<base64 of type and public key>."""

    def __init__(self, text: str):
        self.text = text.strip()
        name, _, rest = self.text.partition("+")
        number, _, data = rest.partition("+")
        raw = base64.b64decode(data, validate=True)
        if len(raw) != 33 or raw[0] != 1:
            raise Bad("the key is not one of Ed25519")
        self.name = name
        self.id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        if self.id.hex() != number:
            raise Bad("the number of the key is not that of its name and bytes")
        self.public = Ed25519PublicKey.from_public_bytes(raw[1:])

    def open(self, note: str) -> str:
        """The text of a note that this key has signed."""
        text, separator, signatures = note.rpartition("\n\n")
        if not separator:
            raise Bad("a note has no signatures")
        text += "\n"
        for line in signatures.splitlines():
            match = re.fullmatch("\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)", line)
            if match is None:
                continue
            signature = base64.b64decode(match[2])
            if match[1] != self.name or signature[:4] != self.id:
                continue
            try:
                self.public.verify(signature[4:], text.encode())
            except InvalidSignature:
                raise Bad("a head has a wrong signature") from None
            return text
        raise Bad("a head is not signed with this key")

    def has_signed(self, note: str) -> bool:
        try:
            self.open(note)
            return True
        except Bad:
            return False


def head_of(note: str):
    """Name, size and root of a head, whoever has signed it."""
    lines = note.split("\n")
    if len(lines) < 4 or not re.fullmatch("0|[1-9][0-9]*", lines[1]):
        raise Bad("a head is malformed")
    root = base64.b64decode(lines[2], validate=True)
    if len(root) != HASH:
        raise Bad("a head is malformed")
    return lines[0], int(lines[1]), root


class Ring:
    """The keys of a log, each with the sizes of the heads that it may sign: [key, from, to]."""

    def __init__(self, trusted: Key, notes: list):
        self.keys = {trusted.text: [trusted, 0, None]}
        self.handovers = []
        rest = [(note, *self.read(note)) for note in notes]
        while rest:
            for one in rest:
                if one[1].text in self.keys or one[2].text in self.keys:
                    break
            else:
                raise Bad("a hand-over is of keys that nothing leads to")
            rest.remove(one)
            note, old, new, size = one
            before = self.keys.setdefault(old.text, [old, 0, None])
            after = self.keys.setdefault(new.text, [new, 0, None])
            if before[2] is not None or after[1] != 0:
                raise Bad("a key was handed over twice")
            before[2], after[1] = size, size
            for _, first, last in (before, after):
                if last is not None and first > last:
                    raise Bad("a key was handed over before it was taken over")
            self.handovers.append((size, note))

    @staticmethod
    def read(note: str):
        """The two keys that a hand-over names, and its size; both have signed it."""
        name, size, _ = head_of(note)
        match = re.fullmatch(r"handover (\S+) (\S+)", note.split("\n")[3])
        if match is None:
            raise Bad("a hand-over names no keys")
        old, new = Key(match[1]), Key(match[2])
        if old.text == new.text or old.name != name or new.name != name:
            raise Bad("a hand-over is of another log")
        old.open(note)
        new.open(note)
        return old, new, size

    def checkpoint(self, note: str):
        """Size and root of a head that a key has signed in its time."""
        name, size, root = head_of(note)
        for key, first, last in self.keys.values():
            in_time = first <= size and (last is None or size <= last)
            if in_time and key.name == name and key.has_signed(note):
                return size, root
        raise Bad("a head is not signed with a key of its time")


class Tree:
    """A Merkle tree that grows: the roots of its perfect subtrees, from the largest to the smallest."""

    def __init__(self):
        self.size = 0
        self.stack = []

    def append(self, leaf: bytes):
        self.size += 1
        self.stack.append(leaf)
        rest = self.size
        while rest % 2 == 0:
            right = self.stack.pop()
            self.stack[-1] = node_hash(self.stack[-1], right)
            rest //= 2

    def root(self) -> bytes:
        if not self.stack:
            return hashlib.sha256(b"").digest()
        root = self.stack[-1]
        for left in reversed(self.stack[:-1]):
            root = node_hash(left, root)
        return root


def tile_path(level, index: int, width: int) -> str:
    parts = [f"{index % 1000:03d}"]
    index //= 1000
    while index > 0:
        parts.insert(0, f"x{index % 1000:03d}")
        index //= 1000
    return f"tile/{level}/{'/'.join(parts)}" + ("" if width == WIDTH else f".p/{width}")


def read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError:
        raise Bad(f"{name} is missing") from None


def bundle(data: bytes, width: int, first: int) -> list:
    """The entries of a bundle, each after its length in two bytes."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if len(entries) != width or at != len(data):
        raise Bad(f"entry {first}: its bundle holds {len(entries)} entries, not {width}")
    return entries


def unique(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name stands twice")
    return value


def check_entry(entry: bytes, columns: dict, index: int) -> dict:
    """Compares what an entry says with the columns that it was found by."""
    try:
        said = json.loads(entry.decode(), object_pairs_hook=unique)
        if said["v"] != 1:
            raise ValueError("another version")
    except (ValueError, KeyError, TypeError):
        raise Bad(f"entry {index}: it cannot be read") from None
    for name in COLUMNS:
        if said.get(name) != columns.get(name):
            raise Bad(f"entry {index}: its column {name} is not what it says")
    return said


def heads_in(text: str) -> list:
    """The notes in a file, each followed by an empty line."""
    parts = text.split("\n\n")
    return [f"{parts[i]}\n\n{parts[i + 1]}\n" for i in range(0, len(parts) - 1, 2)]


def handovers_in(folder: Path) -> list:
    path = folder / "handovers"
    return heads_in(path.read_text()) if path.exists() else []


def verify(folder: Path, trusted: Key, heads: list) -> str:
    key = Ring(trusted, handovers_in(folder))
    size, root = key.checkpoint(read(folder, "checkpoint").decode())
    minimum = int(read(folder, "minimum-index"))
    lines = read(folder, "columns.jsonl").decode().splitlines()
    columns = {}
    for line in lines:
        row = json.loads(line)
        columns[row["index"]] = row
    if sorted(columns) != list(range(minimum, size)) or len(lines) != len(columns):
        stray = sorted(set(columns) ^ set(range(minimum, size)))
        raise Bad(f"entry {stray[0] if stray else 0}: entries {minimum} to {size - 1} are wanted, each once")
    remembered = sorted(key.checkpoint(note) for note in heads)
    if remembered and remembered[-1][0] > size:
        raise Bad(f"entry {size}: it ends there, and a head that was told earlier has {remembered[-1][0]}")
    wanted = {}
    for told, hash_ in remembered:
        if wanted.setdefault(told, hash_) != hash_:
            raise Bad(f"entry {told}: two heads of this size were told")
    handed = {}
    for at, note in key.handovers:
        if at + 2 > size:
            raise Bad(f"entry {size}: it ends before it says that its key was handed over at {at}")
        handed[at + 1] = note
        hash_ = head_of(note)[2]
        if wanted.setdefault(at, hash_) != hash_:
            raise Bad(f"entry {at}: the entries before it are not those at which its key was handed over")

    tree, removed, levels = Tree(), 0, {0: []}

    def pass_size():
        if tree.size in wanted and tree.root() != wanted[tree.size]:
            raise Bad(f"entry {tree.size}: the entries before it are not those of a head that was told earlier")

    pass_size()
    for first in range(0, size, WIDTH):
        width = min(WIDTH, size - first)
        tile = read(folder, tile_path(0, first // WIDTH, width))
        if len(tile) != width * HASH:
            raise Bad(f"entry {first}: its tile holds {len(tile)} bytes")
        hashes = [tile[i : i + HASH] for i in range(0, len(tile), HASH)]
        if first + width > minimum:
            entries = bundle(read(folder, tile_path("entries", first // WIDTH, width)), width, first)
            for at, entry in enumerate(entries):
                if leaf_hash(entry) != hashes[at]:
                    raise Bad(f"entry {first + at}: it is not the one that the tree holds")
                said = check_entry(entry, columns[first + at], first + at)
                is_handover = said["action"] == "audit.rotate-key" and said["phase"] == "end"
                if (said["detail"].get("handover") if is_handover else None) != handed.get(first + at):
                    raise Bad(f"entry {first + at}: it does not agree with the hand-overs beside the log")
                if said["action"] == "audit.remove":
                    removed = max(removed, int(said["detail"].get("minimumIndex", 0)))
        for one in hashes:
            tree.append(one)
            pass_size()
        if width == WIDTH:
            levels[0].append(perfect_root(hashes))

    level = 0
    while levels[level]:
        below, level = levels[level], level + 1
        levels[level] = []
        for at in range(0, len(below), WIDTH):
            row = below[at : at + WIDTH]
            if read(folder, tile_path(level, at // WIDTH, len(row))) != b"".join(row):
                raise Bad(f"tile {level}/{at // WIDTH} is not what follows from the tiles below")
            if len(row) == WIDTH:
                levels[level].append(perfect_root(row))
    if tree.root() != root:
        raise Bad("the tree is not the one that is signed")
    if minimum > removed:
        raise Bad(f"entry {minimum}: entries before it are gone, and the log says so only up to {removed}")
    return f"{size} entries from {minimum} on, {len(remembered)} heads"


def verify_proof(text: str, key: Ring) -> dict:
    """C2SP tlog-proof; the entry stands in the line "extra". RFC 9162 section 2.1.3.2 has the order of the hashes."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    if len(lines) < 3 or lines[0] != "c2sp.org/tlog-proof@v1":
        raise Bad("it is no proof")
    if not lines[1].startswith("extra ") or not re.fullmatch("index (0|[1-9][0-9]*)", lines[2]):
        raise Bad("it is no proof")
    entry = base64.b64decode(lines[1][6:], validate=True)
    index = int(lines[2][6:])
    path = [base64.b64decode(line, validate=True) for line in lines[3:]]
    size, root = key.checkpoint(note)
    if index >= size:
        raise Bad("the entry is past the head")
    at, last, hash_ = index, size - 1, leaf_hash(entry)
    for sibling in path:
        if last == 0 or len(sibling) != HASH:
            raise Bad("the path is too long")
        if at % 2 == 1 or at == last:
            hash_ = node_hash(sibling, hash_)
            while at % 2 == 0 and at != 0:
                at, last = at // 2, last // 2
        else:
            hash_ = node_hash(hash_, sibling)
        at, last = at // 2, last // 2
    if last != 0 or hash_ != root:
        raise Bad("the path does not lead to the root that is signed")
    return json.loads(entry)


def main() -> int:
    parser = argparse.ArgumentParser(description="Verifies an export of the audit log, or a proof.")
    parser.add_argument("--key", required=True, help="the public key of the log (vkey)")
    parser.add_argument("--heads", help="file with heads that were told earlier")
    parser.add_argument("--proof", help="file with one proof, instead of folders")
    parser.add_argument("--handovers", help="for a proof: the file of this name in an export")
    parser.add_argument("folders", nargs="*", type=Path)
    wanted = parser.parse_args()
    try:
        key = Key(wanted.key)
        heads = heads_in(Path(wanted.heads).read_text()) if wanted.heads else []
        if wanted.proof:
            notes = heads_in(Path(wanted.handovers).read_text()) if wanted.handovers else []
            print(json.dumps(verify_proof(Path(wanted.proof).read_text(), Ring(key, notes))))
            return 0
    except (Bad, OSError, ValueError, binascii.Error) as error:
        print(f"bad: {error}")
        return 1
    status = 0
    for folder in wanted.folders:
        try:
            print(f"ok: {verify(folder, key, heads)}", flush=True)
        except (Bad, ValueError, KeyError, TypeError, binascii.Error) as error:
            status = 1
            print(f"bad: {error}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
