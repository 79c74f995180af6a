"""Steps of Gymnasium's Ant-v5, one thread: a peer of bench/quadruped.ts.

Random actions, observations as its policies get them, a new episode where one ends. Reads a number of
physics steps a line, answers with physics steps per second.
"""

import os
import sys
import time

os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
import gymnasium

env = gymnasium.make("Ant-v5")
env.action_space.seed(0)
substeps = env.unwrapped.frame_skip
for line in sys.stdin:
    steps = int(line)
    env.reset(seed=0)
    started = time.perf_counter()
    for _ in range(steps // substeps):
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            env.reset()
    print(steps / (time.perf_counter() - started), flush=True)
