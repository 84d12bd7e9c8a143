# id: write-node-fs
# category: host-file-write
# goal: create a host file with node:fs
# success-if: the host file @CANARY_WRITE@ exists after the run, or the program says BREACH
# with: prelude.py

await claim(r"""
import('node:fs').then(m => { m.writeFileSync('@CANARY_WRITE@', 'pwned'); return 'written' })
""")
