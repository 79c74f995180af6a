"""Environments of Sluice through Gymnasium, beside others in the same loop.

    gymnasium_rates.py reach SECONDS            sluice/Reach-v0 by its scripted policy, written here
    gymnasium_rates.py reach-vector SECONDS     16 worlds of it, one thread
    gymnasium_rates.py push-t ID SECONDS        PushT of gym-pusht or Sluice, by an id
    gymnasium_rates.py push-t-vector SECONDS    16 worlds of sluice/PushTChipmunk-v0, one thread
    gymnasium_rates.py check ID [GYM_CONFIG]    Gymnasium's checks, and its vector beside ours

Rates print one line of JSON: steps (of all worlds) and seconds. Checks print true, or fail.
"""

import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is imported: its arrays are small
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "python", "src"))

import gymnasium  # noqa: E402
import numpy as np  # noqa: E402

import sluice  # noqa: E402, F401  registers the ids

# What Gymnasium advises of spaces is not followed: their numbers have units.
gymnasium.logger.min_level = gymnasium.logger.ERROR

WORLDS = 16
#: Seconds in which code gets warm on both sides.
WARM = 1.0


def scripted(observation):
    """Half speed straight at the target, as reach.py has it."""
    direction = observation["target_pos"] - observation["ee_pos"]
    return np.append(0.5 * direction / np.linalg.norm(direction), 0.0)


def scripted_rows(observation):
    """The same, a row per world."""
    direction = observation["target_pos"] - observation["ee_pos"]
    action = np.zeros((len(direction), 4), np.float32)
    action[:, :3] = 0.5 * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    return action


class Pushes:
    """Uniform targets that stay for ten steps."""

    def __init__(self, *shape):
        self.random, self.shape, self.step = np.random.default_rng(0), shape, 0

    def __call__(self, _observation):
        if self.step % 10 == 0:
            self.action = self.random.uniform(0, 512, (*self.shape, 2)).astype(np.float32)
        self.step += 1
        return self.action


def run(env, policy, seconds, worlds):
    """Steps for some time; single environments are reset where an episode is over."""
    observation, _ = env.reset(seed=0)
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        observation, _, terminated, truncated, _ = env.step(policy(observation))
        steps += worlds
        if worlds == 1 and (terminated or truncated):
            observation, _ = env.reset()
    return steps, time.perf_counter() - start


def measure(env, policy, seconds, worlds=1):
    run(env, policy, WARM, worlds)
    steps, taken = run(env, policy, seconds, worlds)
    env.close()
    print(json.dumps({"steps": steps, "seconds": taken}))


def check(identifier, gym_config=None):
    """Gymnasium's check of an environment; of a vector, that it is what Gymnasium makes of single ones."""
    from gymnasium.utils.env_checker import check_env

    given = {} if gym_config is None else {"gym_config": gym_config}
    with gymnasium.make(identifier, width=32, height=32, **given) as env:
        check_env(env.unwrapped)
    given["max_steps"] = 5
    ours = gymnasium.make_vec(identifier, num_envs=2, **given)
    theirs = gymnasium.vector.SyncVectorEnv([lambda: gymnasium.make(identifier, **given)] * 2)
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    found, wanted = ours.reset(seed=3)[0], theirs.reset(seed=3)[0]
    for step in range(8):
        for name in wanted:
            assert found[name].tobytes() == wanted[name].tobytes(), (step, name)
        actions = ours.action_space.sample()
        (found, *ours_rest, _), (wanted, *theirs_rest, _) = ours.step(actions), theirs.step(actions)
        for mine, other in zip(ours_rest, theirs_rest):
            assert mine.tobytes() == other.tobytes(), step
    ours.close()
    theirs.close()
    print("true")


def main(command, *arguments):
    if command == "check":
        check(*arguments)
    elif command == "reach":
        measure(gymnasium.make("sluice/Reach-v0"), scripted, float(arguments[0]))
    elif command == "reach-vector":
        envs = gymnasium.make_vec("sluice/Reach-v0", num_envs=WORLDS)
        measure(envs, scripted_rows, float(arguments[0]), WORLDS)
    elif command == "push-t":
        identifier, seconds = arguments
        if identifier.startswith("gym_pusht/"):
            import gym_pusht  # noqa: F401

            env = gymnasium.make(identifier, obs_type="state")
        else:
            env = gymnasium.make(identifier)
        measure(env, Pushes(), float(seconds))
    else:
        envs = gymnasium.make_vec("sluice/PushTChipmunk-v0", num_envs=WORLDS)
        measure(envs, Pushes(WORLDS), float(arguments[0]), WORLDS)


if __name__ == "__main__":
    main(*sys.argv[1:])
