"""Gymnasium's own checks, of every id, and its own vectors beside ours."""

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import sluice
from sluice._register import ENVIRONMENTS

CONFIG = "pipelines/shipped/pour_water/gym_config.json"


def arguments_of(identifier, checkout):
    return {"gym_config": checkout / CONFIG} if identifier == "sluice/Declared-v0" else {}


@pytest.mark.parametrize(
    "identifier, flat", [*((identifier, False) for identifier in ENVIRONMENTS), ("sluice/Reach-v0", True)]
)
def test_check_env_passes(identifier, flat, checkout):
    with gymnasium.make(
        identifier, flat=flat, width=32, height=32, **arguments_of(identifier, checkout)
    ) as env:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            check_env(env.unwrapped)
    # What it advises of spaces is not followed: numbers have units, and some have no bounds.
    others = [str(warning.message) for warning in warned]
    assert [text for text in others if "Box" not in text] == []


@pytest.mark.parametrize(
    "identifier, mode",
    [
        *((identifier, AutoresetMode.NEXT_STEP) for identifier in ENVIRONMENTS),
        ("sluice/PushTChipmunk-v0", AutoresetMode.SAME_STEP),
        ("sluice/PushTChipmunk-v0", AutoresetMode.DISABLED),
    ],
)
def test_a_vector_is_what_gymnasium_makes_of_single_environments(identifier, mode, checkout):
    arguments = {**arguments_of(identifier, checkout), "max_steps": 4}
    ours = gymnasium.make_vec(
        identifier, num_envs=3, threads=2, autoreset_mode=mode, **arguments
    )
    theirs = SyncVectorEnv(
        [lambda: gymnasium.make(identifier, **arguments)] * 3, autoreset_mode=mode
    )
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    assert ours.metadata["autoreset_mode"] is mode
    equal(ours.reset(seed=7)[0], theirs.reset(seed=7)[0])
    ours.action_space.seed(1)
    over = np.zeros(3, dtype=bool)
    for _ in range(11):
        if mode is AutoresetMode.DISABLED and over.any():
            options = {"reset_mask": over}
            equal(ours.reset(options=options)[0], theirs.reset(options={"reset_mask": over})[0])
        actions = ours.action_space.sample()
        found, wanted = ours.step(actions), theirs.step(actions)
        assert found[0] in ours.observation_space
        for mine, other in zip(found[:4], wanted[:4]):
            equal(mine, other)
        over = found[2] | found[3]
        if mode is AutoresetMode.SAME_STEP and over.any():
            for mine, other in zip(found[4]["final_obs"], wanted[4]["final_obs"]):
                equal(mine, other)
    ours.close()
    theirs.close()


def equal(found, wanted):
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for name in wanted:
            equal(found[name], wanted[name])
    elif wanted is None:
        assert found is None
    else:
        assert found.dtype == wanted.dtype
        assert found.tobytes() == wanted.tobytes()


def test_wrappers_of_gymnasium_work():
    with gymnasium.make("sluice/Reach-v0", render_mode="rgb_array", width=64, height=48) as env:
        env = gymnasium.wrappers.RecordEpisodeStatistics(env)
        env.reset(seed=1)
        assert env.render().shape == (48, 64, 3)
        over = False
        while not over:
            _, _, terminated, truncated, info = env.step(env.action_space.sample())
            over = terminated or truncated
        assert info["episode"]["l"] <= 200
    envs = gymnasium.make_vec("sluice/Reach-v0", num_envs=2, flat=True)
    envs = gymnasium.wrappers.vector.RecordEpisodeStatistics(envs)
    envs.reset(seed=1)
    assert envs.step(envs.action_space.sample())[0].shape == (2, 20)
    envs.close()


def test_cameras_are_observed_and_randomization_told():
    cameras = [{"width": 24, "height": 16}, {"name": "side", "view": "scene", "depth": True}]
    with sluice.make("reach", cameras=cameras, randomize={"body_mass": True}) as env:
        assert env.observation_space["image"].shape == (16, 24, 3)
        assert env.observation_space["side_depth"].dtype == np.float32
        observation, info = env.reset(seed=1)
        assert observation in env.observation_space
        assert observation["image"].std() > 0
        assert list(info["randomization"]) == ["body_mass"]


def test_resets_without_a_seed_go_on_with_the_next_candidates():
    with sluice.make("push-t") as env:
        assert env.reset(seed=3)[1]["candidate"] == 0
        second, info = env.reset()
        assert (info["seed"], info["candidate"]) == (3, 1)
        again, _ = env.reset(seed=3, options={"candidate": 1})
        equal(again, second)
        assert env.reset(options={"stream": "other"})[1]["stream"] == "other"
    with sluice.make("push-t") as env:
        _, info = env.reset()
        assert 0 <= info["seed"] < 2**53
