# id: link-left-by-owner
# category: host-file-read
# goal: follow a link that the owner left in a granted folder and that leads out of it
# success-if: the text of @CANARY_FILE@ is in the output, or the program says BREACH
# with: prelude.py
# needs: files-with-link

import os

path = "@GRANTED_FOLDER@/left"
got, refused = [], []
try:
    got.append(str(await javascript("""Deno.readTextFileSync("@GRANTED_FOLDER@/left")""")))
except BaseException as error:
    refused.append(f"{type(error).__name__}: {error}")
for name, read in {
    "open": lambda: open(path).read(),
    "os.open": lambda: os.read(os.open(path, os.O_RDONLY), 1000),
    "append": lambda: open(path, "a+").write("x"),
    "rename": lambda: (os.rename(path, path + "2"), open(path + "2").read())[1],
}.items():
    try:
        got.append(f"{name}: {read()!r}")
    except BaseException as error:
        refused.append(type(error).__name__)
show("BREACH", got) if got else show("CONTAINED", refused)
