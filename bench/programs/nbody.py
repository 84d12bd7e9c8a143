"""Planets that attract each other: floats and attribute-free tuples of numbers."""

from time import perf_counter

BODIES = [
    ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], 39.47841760435743),
    ([4.84143144, -1.16032004, -0.10362204], [0.60632639, 2.81198684, -0.02521836], 0.03769367),
    ([8.34336671, 4.12479856, -0.40352342], [-1.01077434, 1.82566237, 0.00841576], 0.01128632),
    ([12.89436956, -15.11115140, -0.22330758], [1.08279100, 0.86871301, -0.01083263], 0.00172372),
    ([15.37969711, -25.91931460, 0.17925877], [0.97909073, 0.59469899, -0.03475595], 0.00203368),
]
PAIRS = [(a, b) for index, a in enumerate(BODIES) for b in BODIES[index + 1 :]]


def advance(dt, steps):
    for _ in range(steps):
        for ([x1, y1, z1], v1, m1), ([x2, y2, z2], v2, m2) in PAIRS:
            dx, dy, dz = x1 - x2, y1 - y2, z1 - z2
            magnitude = dt * (dx * dx + dy * dy + dz * dz) ** -1.5
            b1, b2 = m1 * magnitude, m2 * magnitude
            v1[0] -= dx * b2
            v1[1] -= dy * b2
            v1[2] -= dz * b2
            v2[0] += dx * b1
            v2[1] += dy * b1
            v2[2] += dz * b1
        for position, (vx, vy, vz), _ in BODIES:
            position[0] += dt * vx
            position[1] += dt * vy
            position[2] += dt * vz


started = perf_counter()
advance(0.01, 300_000)
perf_counter() - started
