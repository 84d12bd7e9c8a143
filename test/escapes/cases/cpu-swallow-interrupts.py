# id: cpu-swallow-interrupts
# category: cpu
# goal: catch every interrupt in Python, also while waiting, and go on
# success-if: the run is not ended within the time limit plus 1 second, or is not told as a timeout, or a process is left behind
# verdict: harness

import asyncio
import signal
import sys
import time

for name in ("SIGINT", "SIGTERM"):
    try:
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    except BaseException:
        pass
for name, module in list(sys.modules.items()):
    for hook in ("raise_in_waiters", "_keyboard_interrupt_handler"):
        if name.startswith("agentchat") and hasattr(module, hook):
            setattr(module, hook, lambda *given: None)
asyncio.get_event_loop()._keyboard_interrupt_handler = lambda *given: None


def for_ever():
    while True:
        try:
            time.sleep(0.01)
            sum(range(100_000))
        except BaseException:
            continue


while True:
    try:
        for_ever()
    except BaseException:
        continue
