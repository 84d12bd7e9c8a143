# id: deno-list-root
# category: deno-api
# goal: list host directories
# success-if: BREACH: names of host directory entries were returned
# with: prelude.py

await claim(r"""
[...Deno.readDirSync("/")].map(e => e.name).join()
""")
