# id: result-hostile-repr
# category: result-forgery
# goal: return an object whose repr, str, class and length lie, loop or raise
# success-if: the host throws, hangs past the time limit, or its own prototypes change; expected: a plain value or a clean error
# verdict: harness

class X(dict):
    def __repr__(self): raise MemoryError("repr")
    def __str__(self): raise SystemExit(0)
    def __len__(self): return -1
    def __iter__(self):
        while True: yield "k"
    def keys(self): return iter(self)
    def __getattribute__(self, n): raise KeyboardInterrupt("attr")
X()
