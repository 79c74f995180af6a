"""An episode of a stage of a pipeline, lived here, is the one that is stored, bit for bit."""

import warnings

import numpy as np
import pytest
import zarr

import sluice
from conftest import SEED, STORED


def opened(folder, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return zarr.open(str(folder / name), mode="r")


def arrays_of(group, path=""):
    """Every array of a group by its path within it."""
    return {
        name: member[...]
        for name, member in group.members(max_depth=None)
        if isinstance(member, zarr.Array)
    }


def same_bits(found, stored):
    found, stored = np.asarray(found), np.asarray(stored)
    found = found.astype(stored.dtype).reshape(stored.shape)
    return found.tobytes() == stored.tobytes()


def environment(checkout, name, **more):
    arguments = dict(STORED[name][1])
    for path in ("gym_config", "action_config"):
        if path in arguments:
            arguments[path] = checkout / arguments[path]
    return sluice.make(**arguments, **more)


@pytest.mark.parametrize("name", STORED)
def test_reset_and_steps_give_what_is_stored(checkout, datasets, name):
    group = opened(datasets, name)
    data, meta = arrays_of(group["data"]), arrays_of(group["meta"])
    with environment(checkout, name) as env:
        for episode, end in enumerate(meta["episode_ends"]):
            start = meta["episode_ends"][episode - 1] if episode else 0
            candidate = int(meta["candidate"][episode])
            stream = "generate"
            observation, info = env.reset(
                seed=SEED, options={"candidate": candidate, "stream": stream}
            )
            assert info["candidate"] == candidate
            assert same_bits(env.state(), meta["start_state"][episode])
            for drawn, value in info.get("randomization", {}).items():
                assert same_bits(value, meta[f"randomization/{drawn}"][episode]), drawn
            for row in range(start, end):
                for field, value in observation.items():
                    assert same_bits(value, data[f"observation/{field}"][row]), (field, row)
                observation, reward, terminated, truncated, info = env.step(data["action"][row])
                assert same_bits(np.float32(reward), data["reward"][row]), row
                for field in data:
                    if field.startswith("info/"):
                        value = info[field.removeprefix("info/")]
                        assert same_bits(value, data[field][row]), (field, row)
                assert (terminated or truncated) == (row == end - 1)
            assert terminated == meta["terminated"][episode]
            assert truncated == meta["truncated"][episode]
            assert info["is_success"] == meta["success"][episode]
            for field, value in observation.items():
                if f"final_observation/{field}" in meta:
                    assert same_bits(value, meta[f"final_observation/{field}"][episode]), field


@pytest.mark.parametrize("name", ["reach", "push_t_chipmunk"])
def test_policy_action_acts_as_the_policy_of_the_stage(checkout, datasets, name):
    group = opened(datasets, name)
    policy = STORED[name][0].get("policy", "scripted")
    actions, ends = group["data/action"][...], group["meta/episode_ends"][...]
    with environment(checkout, name, policy=policy) as env:
        env.reset(seed=SEED, options={"candidate": 0, "stream": "generate"})
        for row in range(ends[0]):
            assert same_bits(env.policy_action(), actions[row]), row
            assert same_bits(env.policy_action(), actions[row]), "asked twice"
            _, _, terminated, truncated, _ = env.step(env.policy_action())
        assert terminated or truncated


def test_a_vector_has_the_candidates_of_a_stage(datasets):
    group = opened(datasets, "push_t_chipmunk")
    ends, actions = group["meta/episode_ends"][...], group["data/action"][...]
    rewards = group["data/reward"][...]
    starts = [0, *ends[:-1]]
    for threads in (1, 2):
        envs = sluice.make_vec(
            "push-t", 3, threads=threads, options={"engine": "chipmunk"}, flat=True
        )
        _, infos = envs.reset(seed=SEED, options={"candidate": 0, "stream": "generate"})
        assert infos["candidate"].tolist() == [0, 1, 2]
        rows = list(starts[:3])
        episodes = [0, 1, 2]
        for _ in range(max(ends[:3] - starts[:3])):
            live = [row < ends[episode] for row, episode in zip(rows, episodes)]
            taken = np.stack([actions[min(row, len(actions) - 1)] for row in rows])
            _, reward, terminated, truncated, infos = envs.step(taken)
            for world, row in enumerate(rows):
                if live[world]:
                    assert same_bits(np.float32(reward[world]), rewards[row]), (world, row)
                    assert (terminated | truncated)[world] == (row + 1 == ends[episodes[world]])
                elif row == ends[episodes[world]]:
                    assert infos["candidate"][world] == episodes[world] + 3
                rows[world] += 1
        envs.close()
