"""What the three streams of a program are joined to."""

from subprocess import DEVNULL, PIPE, STDOUT

from ..loops import waiting
from . import files


class Ends:
    """What the three streams of a program are joined to: `modes` for the host, and what is copied here."""

    def __init__(self, stdin, stdout, stderr):
        if stdout == STDOUT or stdin == STDOUT:
            raise ValueError("STDOUT can only be used for stderr")
        self.piped = set()
        self._copies = {}
        self.modes = {}
        try:
            self.modes["stdin"] = self._input_mode(stdin)
            self.modes["stdout"] = self._output_mode("stdout", stdout, 1)
            self.modes["stderr"] = "stdout" if stderr == STDOUT else self._output_mode("stderr", stderr, 2)
        except BaseException:
            self.close()
            raise

    def begin(self, program):
        """Begins to copy; the tasks that copy out."""
        loop = waiting.standing_loop
        outgoing = []
        for name, (copy, close) in self._copies.items():
            if name == "stdin":
                loop.create_task(files.pump_in(program, copy, close))
            else:
                outgoing.append(loop.create_task(files.pump_out(program, name, copy, close)))
        return outgoing

    def close(self):
        for _, close in self._copies.values():
            close()

    def _input_mode(self, file):
        # A program that inherited our input would take it all, read or not.
        if file is None or file == DEVNULL:
            return "null"
        if file == PIPE:
            self.piped.add("stdin")
        elif (output := files.output_of(file)) is not None:
            self._copies["stdin"] = files.output_reader(output)
        else:
            self._copies["stdin"] = files.descriptor_reader(file if isinstance(file, int) else file.fileno())
        return "pipe"

    def _output_mode(self, name, file, inherited):
        if file == DEVNULL:
            return "null"
        if file == PIPE:
            self.piped.add(name)
        else:
            descriptor = inherited if file is None else file if isinstance(file, int) else file.fileno()
            self._copies[name] = files.descriptor_writer(descriptor)
        return "pipe"
