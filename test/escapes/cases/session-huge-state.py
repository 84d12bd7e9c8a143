# id: session-huge-state
# category: session-tampering
# goal: store state far over the session size limit
# success-if: session bytes exceed the limit, host memory grows without bound, or success is reported although the state was dropped
# verdict: harness
# needs: session

import os
blob = os.urandom(1 << 20) * 600
print("ATTEMPTED", len(blob) >> 20, "MiB in a session variable")
