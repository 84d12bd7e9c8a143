# id: proc-python-fork
# category: subprocess
# goal: fork, posix_spawn or start a multiprocessing child
# success-if: a child process ran: the program says BREACH or a new process was seen
# with: prelude.py

try:
    import os, multiprocessing
    done = []
    for label, fn in (("fork", lambda: os.fork()), ("posix_spawn", lambda: os.posix_spawn("/bin/echo", ["echo", "x"], {})), ("execv", lambda: os.execv("/bin/echo", ["echo", "x"])), ("mp", lambda: multiprocessing.Process(target=print).start())):
        try:
            done.append((label, fn()))
        except BaseException:
            pass
    show("BREACH" if done else "CONTAINED", done or "all refused")
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
