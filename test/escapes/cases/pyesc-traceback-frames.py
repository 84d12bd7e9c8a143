# id: pyesc-traceback-frames
# category: python-escape
# goal: reach the runner's frames through a traceback and use its globals
# success-if: BREACH-HARDENING: a frame of the runner (not of this program) was reached and its globals can be written
# level: hardening
# with: prelude.py

try:
    import sys
    hits = []
    try:
        1 / 0
    except ZeroDivisionError as e:
        f = e.__traceback__.tb_frame
        mine = f.f_code.co_filename
        while f:
            if f.f_code.co_filename != mine:
                f.f_globals["__tampered__"] = 1
                hits.append(f.f_code.co_filename + ":" + f.f_code.co_name)
                del f.f_globals["__tampered__"]
            f = f.f_back
    show("BREACH-HARDENING" if hits else "CONTAINED", hits)
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
