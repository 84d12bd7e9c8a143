# id: write-unix-socket
# category: host-file-write
# goal: create a unix socket on the host
# success-if: the host file @CANARY_WRITE@ exists after the run, or the program says BREACH
# with: prelude.py

await claim(r"""
(() => { const l = Deno.listen({transport:'unix', path:'@CANARY_WRITE@'}); l.close(); return 'socket made' })()
""")
