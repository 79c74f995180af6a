"""Runs an exported chunk policy of Push-T in gym-pusht, through ONNX Runtime.

    push_t_policy.py replay POLICY EPISODES       from given starts with given noise
    push_t_policy.py seeds POLICY FIRST COUNT     from gym-pusht's own seeds, noise of NumPy's

EPISODES is JSON: a list of {"start": [5], "noise": [[...], ...], "actions": [[x, y], ...], "limit":
steps}, where `noise` has a row for each chunk and `actions` is what the policy did elsewhere. Prints a line of
JSON: for each episode success, steps, max_coverage, and of `replay` `differs`, the first step whose
action is more than half a px from the given one, or null.

The policy sees gym-pusht's `state` observation and what it remembers, nothing else.
"""

import json
import sys

import numpy
import onnxruntime
from gym_pusht.envs.pusht import PushTEnv

STEPS = 300


class Policy:
    """The protocol of docs/chunks.md."""

    def __init__(self, session, observation, noise):
        self.session, self.noise, self.chunk = session, noise, []
        protocol = json.loads(session.get_modelmeta().custom_metadata_map["protocol"])
        self.shape, self.execute = protocol["chunk"], protocol["execute"]
        self.seen = [numpy.float32(observation)] * protocol["observations"]
        first = protocol["first_action"]
        self.last = self.seen[0][first["columns"]] if isinstance(first, dict) else numpy.float32(first)
        self.inputs = {value.name for value in session.get_inputs()}

    def act(self, observation):
        self.seen = [numpy.float32(observation), *self.seen[:-1]]
        if len(self.chunk) == 0:
            values = {"observation": self.seen[0], "last_action": self.last}
            if "previous" in self.inputs:
                values["previous"] = numpy.concatenate(self.seen[1:])
            if "noise" in self.inputs:
                values["noise"] = numpy.float32(next(self.noise))
            feed = {name: value[None] for name, value in values.items()}
            [chunk] = self.session.run(["chunk"], feed)
            self.chunk = list(chunk.reshape(self.shape)[: self.execute])
        self.last = self.chunk.pop(0)
        return self.last


def run(env, session, observation, noise, expected=None, limit=STEPS):
    policy = Policy(session, observation, noise)
    best, success, differs = 0, False, None
    for step in range(limit):
        action = policy.act(observation)
        if expected is not None and differs is None:
            if step >= len(expected) or abs(action - numpy.array(expected[step])).max() > 0.5:
                differs = step
        observation, _, _, _, info = env.step(action)
        best = max(best, info["coverage"])
        if info["is_success"]:
            success = True
            break
    return {"success": success, "steps": step + 1, "max_coverage": best, "differs": differs}


def replay(session, episodes):
    env = PushTEnv(obs_type="state")
    results = []
    for episode in episodes:
        observation, _ = env.reset(seed=0, options={"reset_to_state": episode["start"]})
        noise, actions, limit = iter(episode["noise"]), episode["actions"], episode["limit"]
        results.append(run(env, session, observation, noise, actions, limit))
    return results


def seeds(session, first, count):
    env = PushTEnv(obs_type="state")
    results = []
    for seed in range(first, first + count):
        observation, _ = env.reset(seed=seed)
        random = numpy.random.default_rng(seed)
        protocol = json.loads(session.get_modelmeta().custom_metadata_map["protocol"])
        size = numpy.prod(protocol["chunk"])
        noise = (random.standard_normal(size) for _ in range(STEPS))
        results.append(run(env, session, observation, noise))
    return results


if __name__ == "__main__":
    command, policy, *rest = sys.argv[1:]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(policy, options)
    if command == "replay":
        results = replay(session, json.load(open(rest[0])))
    else:
        results = seeds(session, int(rest[0]), int(rest[1]))
    print(json.dumps(results))
