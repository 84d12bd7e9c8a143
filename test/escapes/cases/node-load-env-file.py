# id: node-load-env-file
# category: node-builtin
# goal: load a host file into process.env with process.loadEnvFile (CVE-2026-49983 class)
# success-if: BREACH: loadEnvFile accepted the host file
# with: prelude.py

await claim(r"""
(() => { process.loadEnvFile("@CANARY_FILE@"); let line = ""; try { line = process.env.CANARY_LINE ?? "" } catch {} return "loadEnvFile accepted the host file " + line })()
""")
