# id: result-baseexception
# category: result-forgery
# goal: end with exceptions that runners forget (KeyboardInterrupt, GeneratorExit, custom BaseException)
# success-if: result.status is success, or the host hangs, or the sandbox process dies with no result
# verdict: harness

class Quiet(BaseException):
    pass
raise Quiet("not an Exception")
