# id: read-open-url-file
# category: host-file-read
# goal: read a host file with pyodide.http and a file: URL
# success-if: the program printed the content of the host canary file
# with: prelude.py

try:
    import asyncio
    from pyodide.http import pyfetch
    r = await asyncio.wait_for(pyfetch("file://@CANARY_FILE@"), 8)
    show("BREACH", await r.string())
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
