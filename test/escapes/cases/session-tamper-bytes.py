# id: session-tamper-bytes
# category: session-tampering
# goal: accept session bytes that were changed, cut, mixed or replayed
# success-if: a session restores from bytes with one flipped bit, truncated bytes, bytes of another session or tenant, an older version of itself (if replay is refused), or bytes signed with another key
# verdict: harness
# needs: session
# checks: session-sealed session-bounded

session_secret = "OWNER-A"
print("session value is", session_secret)
session_secret
