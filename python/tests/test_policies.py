"""A trained policy acts here as it does in an evaluation, bit for bit."""

import json
import subprocess

import numpy as np
import pytest
import zarr

import sluice
from sluice._deno import child_environment, find_deno
from sluice.errors import InvalidInputError

#: Seed of the job that trains and evaluates.
SEED = 3


@pytest.fixture(scope="module")
def trained(checkout, tmp_path_factory):
    """A data directory, and the paths of a train and an evaluate stage in it."""
    root = tmp_path_factory.mktemp("trained") / "data"
    script = checkout / "tests" / "python" / "make_policy.ts"
    done = subprocess.run(
        [find_deno(checkout), "run", "-A", "--no-check", str(script), str(root)],
        cwd=checkout,
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return root, *json.loads(done.stdout)


def test_a_policy_gives_the_actions_of_its_evaluation(trained):
    root, train, evaluate = trained
    store = zarr.storage.ZipStore(root / evaluate / "shards" / "000000.zip", mode="r")
    shard = zarr.open_group(store, mode="r")
    actions, rewards = shard["data/action"][...], shard["data/reward"][...]
    ends = shard["meta/episode_ends"][...]
    row = 0
    with sluice.policy(train, root=root) as policy, sluice.make("reach") as env:
        assert policy.environment == "reach"
        for end, candidate in zip(ends, shard["meta/candidate"][...]):
            options = {"candidate": int(candidate), "stream": "evaluate"}
            observation, _ = env.reset(seed=SEED, options=options)
            policy.begin(seed=SEED, candidate=int(candidate), stream="evaluate")
            while row < end:
                action = policy(observation)
                clipped = np.clip(action, -1, 1)
                assert clipped.tobytes() == actions[row].tobytes(), row
                observation, reward, *_ = env.step(action)
                assert np.float32(reward).tobytes() == rewards[row].tobytes(), row
                row += 1


def test_many_observations_are_answered_as_one_is(trained):
    root, train, _ = trained
    seen = np.random.default_rng(0).uniform(-1, 1, (3, 20)).astype(np.float32)
    with sluice.policy(train, root=root, worlds=3) as many, sluice.policy(train, root=root) as one:
        together = many(seen)
        assert together.shape == (3, 4)
        for row, action in zip(seen, together):
            assert one(row).tobytes() == action.tobytes()
        with pytest.raises(InvalidInputError, match=r"worlds=2"):
            many(seen[:2])
        with pytest.raises(InvalidInputError, match="component 1 of world 2"):
            many(np.where(np.arange(60).reshape(3, 20) == 41, np.nan, seen))
        with pytest.raises(InvalidInputError, match="target_pos"):
            one({"joint_pos": np.zeros(7)})


def test_a_name_of_no_policy_is_refused(trained):
    root, _, evaluate = trained
    with pytest.raises(InvalidInputError, match="reach-expert/1"):
        sluice.policy("reach-expert/1", root=root)
    with pytest.raises(InvalidInputError):
        sluice.policy(evaluate, root=root)
