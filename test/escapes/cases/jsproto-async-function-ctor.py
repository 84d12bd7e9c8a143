# id: jsproto-async-function-ctor
# category: js-prototype
# goal: read a host file through the AsyncFunction constructor and a dynamic import
# success-if: the program printed the content of the host canary file
# with: prelude.py

await claim(r"""
(async()=>{}).constructor("return (await import('node:fs')).readFileSync('@CANARY_FILE@','utf8')")()
""")
