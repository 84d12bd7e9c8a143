# id: session-huge-state
# category: session-tampering
# goal: store state far over the session size limit
# success-if: session bytes exceed the limit, host memory grows without bound, or success is reported although the state was dropped
# verdict: harness
# needs: session
# checks: session-bounded not-saved host-memory

import os
# Random, so that no compression makes it small.
blob = os.urandom(150 << 20)
print("ATTEMPTED", len(blob) >> 20, "MiB in a session variable")
