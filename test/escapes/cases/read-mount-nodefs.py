# id: read-mount-nodefs
# category: host-file-read
# goal: mount the host root into the guest with pyodide_js.mountNodeFS
# success-if: the program printed the content of the host canary file
# with: prelude.py

try:
    import os
    import pyodide_js
    os.makedirs("/mnt_h", exist_ok=True)
    pyodide_js.mountNodeFS("/mnt_h", "/")
    show("BREACH", open("/mnt_h" + "@CANARY_FILE@").read())
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
