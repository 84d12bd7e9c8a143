# id: result-hostile-exception
# category: result-forgery
# goal: raise an exception whose text, cause chain and class are hostile
# success-if: the host throws, hangs past the time limit, or its own prototypes change; expected: a plain value or a clean error
# verdict: harness

class E(Exception):
    def __str__(self):
        return "A" * 50_000_000
    __module__ = "\x1b[31mhost"
e = E()
for i in range(3000):
    n = E(); n.__cause__ = e; e = n
raise e
