# id: result-odd-values
# category: result-forgery
# goal: return what JSON has no word for: lone surrogates, NaN, infinities, huge integers, keys that collide
# success-if: the host throws, or its result cannot be written as JSON and read again
# verdict: harness
# checks: plain-json

{
    "lone": "\ud800\udfff\udc00",
    "\ud800": ["\ud83d", "\x00", "\u2028"],
    "numbers": [float("nan"), float("inf"), -0.0, 10**400, -(10**30), 1e308 * 10],
    "bytes": b"\xff\xfe",
    "deep": eval("[" * 90 + "]" * 90),
    "length": -1,
    "toJSON": "FORGED",
    "valueOf": None,
}
