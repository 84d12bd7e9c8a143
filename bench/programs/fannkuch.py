"""Flips of permutations: small integers, list slices and loops."""

from time import perf_counter


def fannkuch(size):
    permutation = list(range(size))
    count = [0] * size
    most_flips = checksum = sign = 0
    remaining = size
    while True:
        while remaining != 1:
            count[remaining - 1] = remaining
            remaining -= 1
        flips = 0
        work = permutation[:]
        while first := work[0]:
            work[: first + 1] = work[first::-1]
            flips += 1
        most_flips = max(most_flips, flips)
        checksum += -flips if sign else flips
        sign = 1 - sign
        while True:
            if remaining == size:
                return checksum, most_flips
            permutation.insert(remaining, permutation.pop(0))
            count[remaining] -= 1
            if count[remaining] > 0:
                break
            remaining += 1


started = perf_counter()
for _ in range(3):
    fannkuch(9)
perf_counter() - started
