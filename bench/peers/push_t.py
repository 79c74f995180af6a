"""Push-T in gym-pusht, beside ours.

    push_t.py render COUNT    pictures a second at 96 x 96, with the target
    push_t.py replay DIR      seconds for the movements of an index.jsonl and its samples

`replay` resets gym-pusht to the start of each movement and steps it through the recorded actions:
what it simulates alone, without a movement's arithmetic, validation or files.
"""

import json
import os
import sys
import time

import numpy
from gym_pusht.envs.pusht import PushTEnv


def render(count):
    env = PushTEnv(visualization_width=96, visualization_height=96)
    env.reset(seed=0)
    random = numpy.random.default_rng(0)
    seconds = 0
    for step in range(count):
        if step % 10 == 0:
            action = random.uniform(0, 512, 2)
        env.step(action)
        begin = time.perf_counter()
        env.render()
        seconds += time.perf_counter() - begin
    print(json.dumps({"frames": count, "seconds": seconds}))


def replay(directory):
    env = PushTEnv(obs_type="state")
    episodes = []
    for line in open(os.path.join(directory, "index.jsonl")):
        entry = json.loads(line)
        info = json.load(open(os.path.join(directory, entry["info_path"])))["reset_info"]
        actions = numpy.load(os.path.join(directory, entry["path"]))["act"]
        episodes.append(([*info["pos_agent"], *info["block_pose"]], actions))
    steps = 0
    begin = time.perf_counter()
    for state, actions in episodes:
        env.reset(seed=0, options={"reset_to_state": state})
        for action in actions:
            env.step(action)
            steps += 1
    seconds = time.perf_counter() - begin
    print(json.dumps({"episodes": len(episodes), "steps": steps, "seconds": seconds}))


if __name__ == "__main__":
    command, argument = sys.argv[1:]
    if command == "render":
        render(int(argument))
    else:
        replay(argument)
