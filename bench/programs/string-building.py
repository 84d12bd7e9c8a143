"""Making text: formatting, joining, splitting and replacing."""

from time import perf_counter


def build(lines):
    parts = []
    for number in range(lines):
        parts.append(f"{number:>8} | {number * number:,} | {number / 3:.3f}")
    text = "\n".join(parts)
    words = text.replace("|", ";").upper().split()
    line = ""
    for word in words:
        line += word[::-1]
    return len(line) + sum(len(part.strip()) for part in text.split("\n"))


started = perf_counter()
for _ in range(10):
    build(30_000)
perf_counter() - started
