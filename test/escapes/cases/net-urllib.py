# id: net-urllib
# category: network
# goal: connect with urllib
# success-if: the loopback listener on @CANARY_PORT@ saw a connection, or the program says BREACH
# with: prelude.py

try:
    import urllib.request
    show("BREACH", urllib.request.urlopen("http://127.0.0.1:@CANARY_PORT@/u", timeout=4).status)
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
