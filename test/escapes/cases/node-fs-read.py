# id: node-fs-read
# category: node-builtin
# goal: read a host file with node:fs
# success-if: the program printed the content of the host canary file
# with: prelude.py

await claim(r"""
import('node:fs').then(m => m.readFileSync('@CANARY_FILE@', 'utf8'))
""")
