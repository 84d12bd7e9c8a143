# id: write-mkdir-chmod
# category: host-file-write
# goal: create a host directory
# success-if: the host file @CANARY_WRITE@ exists after the run, or the program says BREACH
# with: prelude.py

await claim(r"""
(() => { Deno.mkdirSync('@CANARY_WRITE@', {recursive:true, mode: 0o777}); return 'dir made' })()
""")
