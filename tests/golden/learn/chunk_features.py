"""Writes chunk_features.json: what a chunk model sees of a T and of the point that pushes it.

    python chunk_features.py > chunk_features.json

With complex numbers in place of rotations. Python 3.11, no packages.
"""

import cmath
import json
import math
import random

BOXES = [(-60, 60, 0, 30), (-15, 15, 30, 120)]
CENTRE, GOAL, GOAL_ANGLE, RADIUS, SIZE = 45j, 256 + 256j, math.pi / 4, 15, 100


def squash(value, length):
    return [math.tanh(value.real / length), math.tanh(value.imag / length)]


def pair(value, length):
    return [value.real / length, value.imag / length]


def gap(box, point):
    left, right, low, high = box
    x = min(max(point.real, left), right)
    y = min(max(point.imag, low), high)
    return abs(point - complex(x, y)) - RADIUS


def features(agent, block, angle, before, last):
    frame = cmath.exp(-1j * angle)
    centre = block + CENTRE / frame
    at = (agent - centre) * frame
    way = (GOAL + CENTRE * cmath.exp(1j * GOAL_ANGLE) - centre) * frame
    turn = cmath.phase(cmath.exp(1j * (GOAL_ANGLE - angle)))
    gaps = [gap(box, (agent - block) * frame) for box in BOXES]
    steps = [(later - earlier) * frame for later, earlier in zip([agent, *before], before)]
    return [
        *pair(at, SIZE), *squash(at, 0.4 * SIZE),
        *[part for step in steps for part in pair(step, 0.15 * SIZE)],
        *pair((last - agent) * frame, 0.4 * SIZE),
        *pair(way, 1.5 * SIZE), *squash(way, 0.3 * SIZE), *squash(way, 0.06 * SIZE),
        math.sin(turn), math.cos(turn), math.tanh(turn / 0.3), math.tanh(turn / 0.06),
        *pair(agent - GOAL, 2 * SIZE), *pair(block - GOAL, 2 * SIZE),
        math.cos(angle), math.sin(angle),
        *[math.tanh(value / (0.05 * SIZE)) for value in gaps],
        *[math.tanh(value / (0.3 * SIZE)) for value in gaps],
    ]


def main():
    draw = random.Random(7)
    cases = []
    for _ in range(40):
        point = lambda: complex(draw.uniform(0, 512), draw.uniform(0, 512))
        near = lambda to: to + complex(draw.uniform(-30, 30), draw.uniform(-30, 30))
        block, angle = point(), draw.uniform(0, 2 * math.pi)
        agent = near(block) if draw.random() < 0.5 else point()
        before = [near(agent)]
        before.append(near(before[0]))
        last, actions = near(agent), [near(agent) for _ in range(4)]
        flat = lambda values: [part for value in values for part in (value.real, value.imag)]
        cases.append({
            "observation": [*flat([agent, block]), angle],
            "previous": [part for earlier in before for part in [*flat([earlier, block]), angle]],
            "lastAction": flat([last]),
            "features": features(agent, block, angle, before, last),
            "actions": flat(actions),
            "coded": flat([(a - agent) * cmath.exp(-1j * angle) / (0.4 * SIZE) for a in actions]),
        })
    print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")


main()
