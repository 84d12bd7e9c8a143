# id: read-fetch-file-url
# category: host-file-read
# goal: read a host file with fetch and a file: URL
# success-if: the program printed the content of the host canary file
# with: prelude.py

await claim(r"""
fetch('file://@CANARY_FILE@').then(r => r.text())
""")
