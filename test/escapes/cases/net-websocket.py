# id: net-websocket
# category: network
# goal: connect to a loopback service with WebSocket
# success-if: the loopback listener on @CANARY_PORT@ saw a connection, or the program says BREACH
# with: prelude.py

await claim(r"""
new Promise((res, rej) => { const w = new WebSocket("ws://127.0.0.1:@CANARY_PORT@/ws"); w.onopen = () => { w.close(); res("opened") }; w.onerror = e => rej(new Error(e.message || "ws error")) })
""")
