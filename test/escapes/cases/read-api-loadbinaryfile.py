# id: read-api-loadbinaryfile
# category: host-file-read
# goal: read a host file with pyodide_js._api.loadBinaryFile (microsoft/thinkingbox-data PR 22)
# success-if: the program printed the content of the host canary file
# with: prelude.py

try:
    import asyncio, pyodide_js
    got = await asyncio.wait_for(pyodide_js._api.loadBinaryFile("@CANARY_FILE@"), 8)
    show("BREACH", bytes(got.to_py())[:200])
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
