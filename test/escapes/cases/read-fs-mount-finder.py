# id: read-fs-mount-finder
# category: host-file-read
# goal: mount NODEFS through the FS object taken from any reachable Pyodide handle
# success-if: the program printed the content of the host canary file
# with: prelude.py

try:
    import sys, os
    pj = None
    for f in sys.meta_path:
        pj = pj or getattr(f, "jsproxies", {}).get("pyodide_js")
    if pj is None:
        import pyodide_js as pj
    os.makedirs("/mnt_f", exist_ok=True)
    from pyodide.ffi import to_js
    opts = to_js({"root": os.path.dirname("@CANARY_FILE@")}, dict_converter=to_js([]).constructor.constructor("return Object.fromEntries")())
    pj.FS.mount(pj.FS.filesystems.NODEFS, opts, "/mnt_f")
    show("BREACH", open("/mnt_f/" + os.path.basename("@CANARY_FILE@")).read())
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
