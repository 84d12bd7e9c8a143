# id: jsproto-generator-ctor-env
# category: js-prototype
# goal: read a host variable through the GeneratorFunction constructor
# success-if: the program printed the value of the host variable @CANARY_ENV@
# with: prelude.py

await claim(r"""
(function*(){}).constructor("const p = globalThis.process ?? (0,eval)('process'); yield p.env['@CANARY_ENV@']")().next().value
""")
