"""Replays of Push-T in gym-pusht 0.1.8 with pymunk 6.11.1.

    push_t_golden.py record FILE COUNT    replays of COUNT action sequences of each kind
    push_t_golden.py speed COUNT          environment steps a second over them

A record is little-endian float64 [kind, sequence, 5 + STEPS * (2 + 6)]: the start state, and of each
step the action, then agent x, y, block x, y, angle (unwrapped) and coverage after it. Which actions,
comes from NumPy's generator, seeded by kind and sequence.
"""

import json
import sys
import time

import numpy
from gym_pusht.envs.pusht import PushTEnv

STEPS = 300
KINDS = ("gentle", "uniform", "jam", "along")


def start(random):
    """A start state as gym-pusht draws it."""
    agent, block = random.integers(50, 450, 2), random.integers(100, 400, 2)
    return numpy.array([*agent, *block, random.uniform(-numpy.pi, numpy.pi)], float)


def targets(kind, random, env):
    """Yields the action of every step; a closed loop for all but `uniform`."""
    point = numpy.array(env.agent.position)
    for step in range(STEPS):
        block = numpy.array(env.block.local_to_world((0, 45)))
        if kind == "uniform":
            yield random.uniform(0, 512, 2)
        elif kind == "gentle":
            # Towards the block in steps of up to 20 px, anew from elsewhere now and then.
            if step % 40 == 0:
                offset = random.normal(0, 30, 2)
                point = numpy.array(env.agent.position)
            delta = block + offset - point
            point = point + delta * min(1, 20 / (numpy.linalg.norm(delta) + 1e-9))
            point = point + random.normal(0, 2, 2)
            yield numpy.clip(point, 0, 512)
        elif kind == "jam":
            # Through the block into the wall or corner behind it.
            if step % 50 == 0:
                wall = random.uniform(0, 512, 2)
                wall[random.integers(2)] = random.choice([0, 512])
            aim = wall if step % 50 > 12 else block - 0.5 * (wall - block)
            yield numpy.clip(aim + random.normal(0, 3, 2), 0, 512)
        else:
            # To a wall, then along it with the block between.
            if step % 75 == 0:
                axis, side = random.integers(2), random.choice([0, 512])
                end = random.uniform(0, 512)
            aim = block.copy()
            if step % 75 < 25:
                aim[axis] = side
            else:
                aim[axis] = block[axis] + (10 if side == 0 else -10)
                aim[1 - axis] = end
            yield numpy.clip(aim + random.normal(0, 3, 2), 0, 512)


def replays(count):
    env = PushTEnv(obs_type="state")
    for index, kind in enumerate(KINDS):
        for sequence in range(count):
            random = numpy.random.default_rng([index, sequence])
            state = start(random)
            env.reset(seed=0, options={"reset_to_state": state})
            row = [*state]
            for action in targets(kind, random, env):
                action = action.astype(numpy.float32)
                _, _, _, _, info = env.step(action)
                row += [*action, *info["pos_agent"], *info["block_pose"], info["coverage"]]
            yield row


def record(file, count):
    numpy.array(list(replays(count))).astype("<f8").tofile(file)
    print(json.dumps({"sequences": len(KINDS) * count}))


def speed(count):
    env = PushTEnv(obs_type="state")
    seconds = steps = 0
    for index, kind in enumerate(KINDS):
        for sequence in range(count):
            random = numpy.random.default_rng([index, sequence])
            env.reset(seed=0, options={"reset_to_state": start(random)})
            for action in targets(kind, random, env):
                action = action.astype(numpy.float32)
                begin = time.perf_counter()
                env.step(action)
                seconds += time.perf_counter() - begin
                steps += 1
    print(json.dumps({"steps": steps, "seconds": seconds}))


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "record":
        record(rest[0], int(rest[1]))
    else:
        speed(int(rest[0]))
