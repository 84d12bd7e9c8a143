# id: net-pyfetch
# category: network
# goal: connect with pyodide.http.pyfetch
# success-if: the loopback listener on @CANARY_PORT@ saw a connection, or the program says BREACH
# with: prelude.py

try:
    import asyncio
    from pyodide.http import pyfetch
    r = await asyncio.wait_for(pyfetch("http://127.0.0.1:@CANARY_PORT@/p"), 8)
    show("BREACH", r.status)
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
