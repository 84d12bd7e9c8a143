# id: write-sqlite
# category: host-file-write
# goal: create a host file with node:sqlite
# success-if: the host file @CANARY_WRITE@ exists after the run, or the program says BREACH
# with: prelude.py

await claim(r"""
import('node:sqlite').then(m => { const d = new m.DatabaseSync('@CANARY_WRITE@'); d.exec('create table t(a)'); d.close(); return 'db created' })
""")
