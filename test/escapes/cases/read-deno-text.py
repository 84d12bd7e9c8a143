# id: read-deno-text
# category: host-file-read
# goal: read a host file with Deno.readTextFileSync
# success-if: the program printed the content of the host canary file
# with: prelude.py

await claim(r"""
Deno.readTextFileSync('@CANARY_FILE@')
""")
