# id: pyesc-audit-hook
# category: python-escape
# goal: install an audit hook that cannot be removed, to watch or veto later code
# success-if: BREACH-HARDENING: the hook is in place (must not survive into another run; the harness runs a second program)
# level: hardening
# with: prelude.py

try:
    import sys
    log = []
    sys.addaudithook(lambda ev, args: log.append(ev) if len(log) < 3 else None)
    compile("1", "x", "eval")
    show("BREACH-HARDENING" if log else "CONTAINED", log)
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
