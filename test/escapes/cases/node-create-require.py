# id: node-create-require
# category: node-builtin
# goal: read a host file through createRequire
# success-if: the program printed the content of the host canary file
# with: prelude.py

await claim(r"""
import('node:module').then(m => m.createRequire('file:///x.js')('fs').readFileSync('@CANARY_FILE@', 'utf8'))
""")
