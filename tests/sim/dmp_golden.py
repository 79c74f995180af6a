"""Movements by another implementation: vectorised over axes, in workspace units.

    python dmp_golden.py > dmp_golden.json        (Python 3.11, NumPy 2.4.6)
"""

import json

import numpy

random = numpy.random.default_rng(0)
cases = []
for index in range(8):
    n = (3, 3, 3, 5)[index % 4]
    duration, stiffness = random.uniform(1, 4), random.uniform(5, 35)
    start, goal = random.uniform(-1, 1, 2), random.uniform(-1, 1, 2)
    weights = random.uniform(-60, 60, (2, n))
    damping, alpha_s, dt, scale = 2 * numpy.sqrt(stiffness), 1.2, 0.0125, index % 2 == 1
    vector = numpy.concatenate([[duration], start, goal, weights.ravel(), [stiffness, damping]])
    centres = numpy.linspace(0, 1, n)
    width = 1 / (centres[1] - centres[0]) ** 2
    y, z, s, path = start.copy(), numpy.zeros(2), 1.0, [start.copy()]
    for _ in range(8 * int(numpy.ceil(duration * 10))):
        psi = numpy.exp(-width * (s - centres) ** 2)
        forcing = weights @ psi / psi.sum() * s * (goal - start if scale else 1)
        z = z + (stiffness * (stiffness / 4 * (goal - y) - z) + forcing) * dt / duration
        y = y + z * dt / duration
        s = s - alpha_s * s * dt / duration
        path.append(y)
    cases.append({"vector": vector.tolist(), "dt": dt, "alphaS": alpha_s, "scaleForcing": scale,
                  "waypoints": numpy.array(path)[8::8].ravel().tolist(),
                  "phase": numpy.exp(-alpha_s * numpy.arange(4) / duration).tolist()})
print(json.dumps(cases, indent=1))
