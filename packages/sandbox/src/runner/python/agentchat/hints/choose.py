"""One or two sentences for the reader, mostly a model, who must repair code that has failed."""

import linecache

from . import files, imports, memory, names, programs, syntax, system, values

MAX_HINT = 1500
_MAX_FRAMES = 5000

_RULES = (
    (SyntaxError, syntax.of_syntax),
    (ImportError, imports.of_import),
    (NameError, names.of_name),
    (MemoryError, memory.of_memory),
    (OverflowError, memory.of_size),
    (RecursionError, values.of_recursion),
    ((OSError, AttributeError, RuntimeError), programs.of_program),
    (FileNotFoundError, files.of_missing_file),
    (UnicodeError, files.of_encoding),
    (ValueError, values.of_json),
    (ZeroDivisionError, values.of_division),
    (KeyError, system.of_environment),
    (EOFError, system.of_input),
    ((RuntimeError, OSError), system.of_missing_system),
    (OSError, files.of_quota),
    (AttributeError, system.of_missing_name),
    (Exception, values.of_coroutine),
    (Exception, system.of_screen),
    (Exception, names.of_old_python),
)


class Failure:
    """What the rules look at. Nothing here calls code of the user's, and neither may they."""

    def __init__(self, error, message, filename):
        self.error = error
        self.message = message
        self.filename = filename
        self.name = type(error).__name__
        self.frames = list(_frames_of(error))

    @property
    def user_frames(self):
        """The frames of the user's code, outermost first, each with the line at which it is."""
        return [(frame, line) for frame, line in self.frames if frame.f_code.co_filename == self.filename]

    def line_text(self, line=None):
        """A line of the user's code, by default the one that failed."""
        if line is None:
            frames = self.user_frames
            line = frames[-1][1] if frames else None
        return linecache.getline(self.filename, line).strip() if isinstance(line, int) else ""

    @property
    def source_lines(self):
        return linecache.getlines(self.filename)


def _frames_of(error):
    trace, count = error.__traceback__, 0
    while trace is not None and count < _MAX_FRAMES:
        yield trace.tb_frame, trace.tb_lineno
        trace, count = trace.tb_next, count + 1


def hint_for(error, message, filename):
    """A hint for `error`, whose text is `message`, or None. `filename` is that of the user's code. Never raises."""
    try:
        failure = Failure(error, message[:10_000], filename)
        for kinds, rule in _RULES:
            if isinstance(error, kinds):
                hint = rule(failure)
                if hint:
                    return hint[:MAX_HINT]
    except BaseException:
        # A hint is a courtesy: whatever goes wrong with it, the error itself is told.
        pass
    return None
