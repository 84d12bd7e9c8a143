"""A nested document to JSON text and back."""

import json
from time import perf_counter

DOCUMENT = {
    "users": [
        {"id": number, "name": f"user {number}", "tags": ["a", "b", "ü"], "score": number / 7, "active": number % 2 == 0}
        for number in range(1000)
    ]
}

started = perf_counter()
for _ in range(400):
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
    json.dumps(DOCUMENT, indent=2)
perf_counter() - started
