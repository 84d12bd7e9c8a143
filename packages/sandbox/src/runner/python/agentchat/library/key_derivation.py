"""`hashlib.pbkdf2_hmac` and `hashlib.scrypt`, which are made with OpenSSL elsewhere."""

import hashlib
import hmac
import operator

_OPENSSL_MEMORY = 32 * 2**20
_mix = None


def connect(mix):
    """A worker has come up: `mix` does the part of scrypt that takes the time."""
    global _mix
    _mix = mix


def pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None):
    """Password based key derivation function 2 (PKCS #5 v2.0) with HMAC as pseudorandom function."""
    if not isinstance(hash_name, str):
        raise TypeError(f"pbkdf2_hmac() argument 'hash_name' must be str, not {type(hash_name).__name__}")
    password, salt, iterations = bytes(memoryview(password)), bytes(memoryview(salt)), operator.index(iterations)
    try:
        size = hashlib.new(hash_name).digest_size
    except ValueError:
        raise ValueError(f"unsupported hash type {hash_name}") from None
    if iterations < 1:
        raise ValueError("iteration value must be greater than 0.")
    length = size if dklen is None else operator.index(dklen)
    if length < 1:
        raise ValueError("key length must be greater than 0.")
    start = hmac.new(password, digestmod=hash_name)
    blocks = range(1, -(-length // size) + 1)
    return b"".join(_block(start, salt + number.to_bytes(4, "big"), iterations, size) for number in blocks)[:length]


def _block(start, salt, iterations, size):
    mac = start.copy()
    mac.update(salt)
    last = mac.digest()
    block = int.from_bytes(last)
    for _ in range(iterations - 1):
        mac = start.copy()
        mac.update(last)
        last = mac.digest()
        block ^= int.from_bytes(last)
    return block.to_bytes(size)


def scrypt(password, *, salt=None, n=None, r=None, p=None, maxmem=0, dklen=64):
    """scrypt password-based key derivation function."""
    if salt is None or n is None or r is None or p is None:
        missing = next(name for name, value in (("salt", salt), ("n", n), ("r", r), ("p", p)) if value is None)
        raise TypeError(f"{missing} is required and must be a{' bytes-like object' if missing == 'salt' else 'n unsigned int'}")
    n, r, p, dklen = map(operator.index, (n, r, p, dklen))
    if n < 2 or n & (n - 1):
        raise ValueError("n must be a power of 2.")
    if r < 1 or p < 1 or r * p >= 2**30:
        raise ValueError("Invalid parameter combination for n, r, p, maxmem.")
    if maxmem < 0 or dklen < 1:
        raise ValueError("maxmem must be positive" if maxmem < 0 else "dklen must be greater than 0")
    if 128 * r * (n + p + 2) > (maxmem or _OPENSSL_MEMORY):
        raise ValueError("[digital envelope routines] memory limit exceeded")
    blocks = bytearray(pbkdf2_hmac("sha256", password, salt, 1, 128 * r * p))
    _mix(blocks, n, r)
    return pbkdf2_hmac("sha256", password, bytes(blocks), 1, dklen)


def install():
    for function in (pbkdf2_hmac, scrypt):
        if not hasattr(hashlib, function.__name__):
            function.__module__ = "hashlib"
            setattr(hashlib, function.__name__, function)
