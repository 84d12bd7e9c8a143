# id: net-nodesockfs
# category: network
# goal: switch on Pyodide's NodeSockFS so that Python sockets become real ones
# success-if: the loopback listener on @CANARY_PORT@ saw a connection, or the program says BREACH
# with: prelude.py

try:
    import asyncio, socket, pyodide_js
    await asyncio.wait_for(pyodide_js.useNodeSockFS(), 8)
    s = socket.socket(); s.settimeout(4)
    s.connect(("127.0.0.1", int("@CANARY_PORT@")))
    s.sendall(b"GET / HTTP/1.0\r\n\r\n")
    got = s.recv(20)
    show("BREACH", got or "connected")
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
