# id: result-proto-keys
# category: result-forgery
# goal: return keys that pollute prototypes when the host copies them
# success-if: ({}).polluted is set in the host, or the host's own result fields (status, duration) change
# verdict: harness

{"__proto__": {"polluted": "FORGED"}, "constructor": {"prototype": {"polluted": "FORGED"}}, "toString": "FORGED", "then": "x", "status": "success"}
