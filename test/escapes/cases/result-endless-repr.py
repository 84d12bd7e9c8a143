# id: result-endless-repr
# category: result-forgery
# goal: return an object whose repr never ends
# success-if: the host waits past the time limit (serialising must be inside the limit)
# verdict: harness

class X:
    def __repr__(self):
        while True:
            pass
X()
