"""Asks the host to do what Python here cannot: connect to a server, start a program.

The host decides what is allowed and does it; nothing in this module protects anything.
"""

import asyncio
import collections
import errno
import socket

from . import json_text
from .loops import waiting
from .refusals import Denied

CHUNK = 65_536
LONGEST_MS = 2**31 - 1

# The host ends a worker that asks for more at a time.
_MAX_CALLS = 768

_ask = None
_calls = 0
# Of whatever event loop: who waits until fewer calls are under way.
_queue = collections.deque()


def connect_host(ask, abandon):
    """A worker has come up: `ask` asks the host, `abandon` gives up all that synchronous code waits for."""
    global _ask
    _ask = ask
    waiting.abandon_host = abandon


async def call_async(operation, /, data=None, **params):
    """Asks the host and returns the value of the answer and the bytes that came with it."""
    request = json_text.dumps({"call": operation, "params": params})
    await _enter()
    try:
        reply = await _ask(request, data)
    finally:
        _leave()
    return _answer(reply)


async def _enter():
    global _calls
    while _calls >= _MAX_CALLS:
        turn = asyncio.get_running_loop().create_future()
        _queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                _call_next()
            raise
    _calls += 1


def _leave():
    global _calls
    _calls -= 1
    _call_next()


def _call_next():
    while _queue:
        turn = _queue.popleft()
        if not turn.done() and not turn.get_loop().is_closed():
            turn.set_result(None)
            return


def call(operation, /, data=None, **params):
    """The same for synchronous code, which blocks; other tasks of the event loop go on."""
    request = json_text.dumps({"call": operation, "params": params})
    reply = waiting.run_sync(waiting.on_standing_loop(_ask, request, data, True))
    if reply is None:
        raise KeyboardInterrupt
    return _answer(reply)


def post(operation, /, **params):
    """Tells the host something whose answer nobody waits for."""
    if _ask is not None:
        waiting.on_standing_loop(_ask, json_text.dumps({"call": operation, "params": params}), None)


def _answer(reply):
    reply = reply.to_bytes()
    end = 4 + int.from_bytes(reply[:4], "little")
    answer = json_text.loads(reply[4:end])
    if "error" in answer:
        raise _exception(**answer["error"])
    return answer["value"], reply[end:]


def _exception(code, message):
    if code == "denied":
        # Its text names what was asked for and the option that would allow it.
        return Denied(message)
    if code == "tool":
        import agentchat_tools

        return agentchat_tools.ToolError(message)
    if code == "timeout":
        return TimeoutError("timed out")
    if code == "resolve":
        return socket.gaierror(socket.EAI_NONAME, message)
    if code in ("tls", "tls-verify"):
        import ssl

        kind = ssl.SSLError if code == "tls" else ssl.SSLCertVerificationError
        prefix = "" if code == "tls" else "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
        return kind(1, prefix + message)
    # Chooses the subclass itself: ConnectionRefusedError, BlockingIOError and so on.
    return OSError(getattr(errno, code, errno.EIO), message)
