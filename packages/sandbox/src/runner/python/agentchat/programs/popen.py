"""`subprocess.Popen` and all that is built on it, over programs that the host starts."""

import asyncio
import io
import locale
import os
import shutil
import subprocess
from time import monotonic

from .. import host
from ..loops import waiting
from ..packages import installers
from . import files, programs
from .ends import Ends

_ELSEWHERE = ("preexec_fn", "startupinfo", "pass_fds", "user", "group", "extra_groups")


_python_which = shutil.which


class Popen(subprocess.Popen):
    """A program on the host. Its results and errors are Python's own; see docs/permissions/run.md for what differs."""

    _program = None
    _collecting = None

    def __new__(cls, args=(), *_more, **options):
        return installers.done(args, options) or super().__new__(cls)

    def __init__(
        self,
        args,
        bufsize=-1,
        executable=None,
        stdin=None,
        stdout=None,
        stderr=None,
        preexec_fn=None,
        close_fds=True,
        shell=False,
        cwd=None,
        env=None,
        universal_newlines=None,
        startupinfo=None,
        creationflags=0,
        restore_signals=True,
        start_new_session=False,
        pass_fds=(),
        *,
        user=None,
        group=None,
        extra_groups=None,
        encoding=None,
        errors=None,
        text=None,
        umask=-1,
        pipesize=-1,
        process_group=None,
    ):
        given = locals()
        for name in _ELSEWHERE:
            if given[name]:
                raise ValueError(f"{name} is not supported here: the program runs on the host")
        if not isinstance(bufsize, int):
            raise TypeError("bufsize must be an integer")
        if text is not None and universal_newlines is not None and bool(universal_newlines) != bool(text):
            raise subprocess.SubprocessError("text and universal_newlines are supplied but different")
        self.args = args
        self.stdin = self.stdout = self.stderr = self.pid = self.returncode = None
        self.pipesize = pipesize
        self._input, self._communication_started, self._sigint_wait_secs = None, False, 0
        self.text_mode = encoding or errors or text or universal_newlines
        self.encoding = encoding or (locale.getencoding() if self.text_mode else None)
        self.errors = errors
        self._start(programs.request(args, shell=shell, executable=executable, cwd=cwd, env=env), stdin, stdout, stderr)
        self._open_files(bufsize)

    def _start(self, request, stdin, stdout, stderr):
        ends = Ends(stdin, stdout, stderr)
        try:
            self._program = waiting.wait_for(programs.start_async({**request, **ends.modes}))
        except BaseException:
            ends.close()
            raise
        self._program.hold()
        self.pid = self._program.number
        self._ends, self._outgoing = ends, ends.begin(self._program)

    def _open_files(self, bufsize):
        piped = self._ends.piped
        if "stdin" in piped:
            raw = files.Input(self._program)
            file = raw if bufsize == 0 else io.BufferedWriter(raw)
            self.stdin = self._as_text(file, write_through=True, line_buffering=bufsize == 1)
        for name in ("stdout", "stderr"):
            if name in piped:
                raw = files.Output(self._program, name)
                setattr(self, name, self._as_text(raw if bufsize == 0 else io.BufferedReader(raw)))

    def _as_text(self, file, **how):
        if not self.text_mode:
            return file
        return io.TextIOWrapper(file, encoding=self.encoding, errors=self.errors, **how)

    def __del__(self):
        if self._program is not None and self.returncode is None:
            self._program.let_go()

    def _internal_poll(self, _deadstate=None):
        if self.returncode is None:
            self._ended(self._program.wait(0))
        return self.returncode

    def _wait(self, timeout):
        if self.returncode is None and not self._ended(self._program.wait(timeout)):
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self.returncode

    def _ended(self, code):
        if code is None:
            return False
        if self._outgoing:
            # What it has written is there when it is known to have ended.
            waiting.wait_for(asyncio.wait(self._outgoing, timeout=programs.SETTLE))
        self.returncode = code
        self._program.let_go()
        return True

    def _communicate(self, input, endtime, orig_timeout):
        if self._collecting is None:
            self._collecting = self._begin_communication(input)
        collected, tasks = self._collecting
        left = None if endtime is None else max(0, endtime - monotonic())
        if tasks:
            waiting.wait_for(asyncio.wait(tasks, timeout=left))
        if not all(task.done() for task in tasks):
            # Bytes, in text mode too.
            partial = {name: b"".join(chunks) or None for name, chunks in collected.items()}
            raise subprocess.TimeoutExpired(
                self.args, orig_timeout, output=partial.get("stdout"), stderr=partial.get("stderr")
            )
        for task in tasks:
            task.result()
        try:
            self.wait(timeout=None if endtime is None else max(0, endtime - monotonic()))
        except subprocess.TimeoutExpired as error:
            error.timeout = orig_timeout
            raise
        return self._result("stdout", collected), self._result("stderr", collected)

    def _begin_communication(self, input):
        loop = waiting.standing_loop
        collected, tasks = {}, []
        if self.stdin is not None:
            tasks += self._begin_input(input, loop)
        for name in ("stdout", "stderr"):
            file = getattr(self, name)
            if file is not None and not file.closed:
                collected[name] = []
                tasks.append(loop.create_task(_collect(file, collected[name])))
        return collected, tasks

    def _begin_input(self, input, loop):
        try:
            self.stdin.flush()
        except BrokenPipeError:
            pass
        except ValueError:
            if not self.stdin.closed:
                raise
        if self.stdin.closed:
            return []
        if not input:
            _close_quietly(self.stdin)
            return []
        data = input.encode(self.stdin.encoding, self.stdin.errors or "strict") if self.text_mode else input
        return [loop.create_task(_feed(self._program, self.stdin, data))]

    def _result(self, name, collected):
        if name not in collected:
            return None
        data = b"".join(collected[name])
        file = getattr(self, name)
        return self._translate_newlines(data, file.encoding, file.errors) if self.text_mode else data

    def send_signal(self, sig):
        """To the program and what it has started."""
        if self.poll() is None:
            self._program.send_signal(sig)

    def terminate(self):
        self.send_signal(15)

    def kill(self):
        self.send_signal(9)


async def _collect(file, chunks):
    output = files.output_of(file)
    if rest := output.take_rest():
        chunks.append(rest)
    while data := await output.program.read_async(output.stream):
        chunks.append(data)
    file.close()


async def _feed(program, file, data):
    try:
        await program.write_async(data)
    except (BrokenPipeError, ConnectionResetError):
        pass
    _close_quietly(file)


def _close_quietly(file):
    try:
        file.close()
    except BrokenPipeError:
        pass


def _which(cmd, mode=os.F_OK | os.X_OK, path=None):
    found = _python_which(cmd, mode, path)
    if found is not None or path is not None or not cmd or len(name := os.fsdecode(cmd)) > 4096 or "\0" in name:
        return found
    answer, _ = host.call("run.find", program=name)
    return answer


def install():
    """Puts these where programs look for them."""
    subprocess.Popen = Popen
    shutil.which = _which
