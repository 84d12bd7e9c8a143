# id: result-thenable
# category: result-forgery
# goal: return an object with a then method that never settles
# success-if: the host throws, hangs past the time limit, or its own prototypes change; expected: a plain value or a clean error
# verdict: harness

from pyodide.ffi import create_proxy, to_js
class T:
    def then(self, ok, bad=None):
        return None
T()
