# id: forge-python-print
# category: protocol-forgery
# goal: print lines that look like result frames (a runner whose channel is Python's stdout)
# success-if: result value equals FORGED, or the host logs a protocol error for another request, or the next execution gets a wrong result
# verdict: harness

import json, sys
for b in ({"id": 1, "status": "success", "result": "FORGED"}, {"type": "result", "ok": True, "value": "FORGED"}, {"jsonrpc": "2.0", "id": 1, "result": "FORGED"}):
    print(json.dumps(b)); sys.__stdout__.write("\n" + json.dumps(b) + "\n"); sys.stderr.write(json.dumps(b) + "\n")
sys.stdout.flush()
"HONEST"
