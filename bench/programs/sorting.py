"""Sorting numbers, texts and tuples, with and without a key."""

import random
from time import perf_counter

random.seed(7)
numbers = [random.random() for _ in range(60_000)]
texts = [str(number) for number in numbers]
pairs = [(text[:4], number) for text, number in zip(texts, numbers, strict=True)]

started = perf_counter()
for _ in range(22):
    sorted(numbers)
    sorted(texts)
    sorted(pairs)
    sorted(pairs, key=lambda pair: -pair[1])
    sorted(texts, key=str.lower, reverse=True)
perf_counter() - started
