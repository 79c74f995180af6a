"""What is wrong is said so, and nothing hangs or is left running."""

import gymnasium
import numpy as np
import pytest

import sluice
from sluice.errors import InvalidInputError


@pytest.fixture(scope="module")
def env():
    with sluice.make("reach") as env:
        yield env


@pytest.mark.parametrize(
    "action, said",
    [
        (np.zeros(3), "shape"),
        (np.zeros((1, 4)), "shape"),
        (0.5, "shape"),
        ([[1, 2], [3]], "shape"),
        (np.array(["a"] * 4), "dtype"),
        (np.zeros(4, complex), "dtype"),
        (np.zeros(4, bool), "dtype"),
        (np.array([0, np.nan, 0, 0]), "component 1"),
        (np.array([0, 0, 0, np.inf]), "component 3"),
        (None, "shape"),
    ],
)
def test_a_wrong_action_is_refused_and_nothing_moves(env, action, said):
    env.reset(seed=1)
    before = env.state()
    with pytest.raises(InvalidInputError, match=said):
        env.step(action)
    assert env.state().tobytes() == before.tobytes()
    env.step(np.zeros(4, np.float32))


def test_an_action_beyond_the_range_is_clipped(env):
    env.reset(seed=1)
    clipped = env.step(np.array([1, -1, 1, 1], np.float32))[0]
    env.reset(seed=1)
    beyond = env.step(np.array([7, -1e30, 1.5, 2], np.float64))[0]
    for name in clipped:
        assert beyond[name].tobytes() == clipped[name].tobytes()


def test_a_step_after_the_end_warns_as_gymnasium_does():
    with sluice.make("reach", max_steps=1) as env:
        env.reset(seed=1)
        assert env.step(np.zeros(4))[3]
        with pytest.warns(UserWarning, match="already returned"):
            env.step(np.zeros(4))


def test_a_step_before_a_reset_is_refused():
    with sluice.make("reach") as env:
        with pytest.raises(gymnasium.error.ResetNeeded):
            env.step(np.zeros(4))
    envs = sluice.make_vec("reach", 2)
    with pytest.raises(InvalidInputError, match="reset first"):
        envs.step(np.zeros((2, 4)))
    envs.close()


@pytest.mark.parametrize(
    "arguments, said",
    [
        ({"environment": "reech"}, 'Cannot find environment "reech".*did you mean'),
        ({}, "neither"),
        ({"environment": "reach", "gym_config": "gym.yaml"}, "both"),
        ({"gym_config": "nothing.yaml"}, "nothing.yaml"),
        ({"environment": "push-t", "options": {"engine": "bullet"}}, "bullet"),
        ({"environment": "reach", "randomize": {"gravty": True}}, "gravty"),
        ({"environment": "reach", "randomize": "yes"}, "randomize"),
        ({"environment": "reach", "cameras": [{"width": 2}]}, "cameras.0.width"),
        ({"environment": "reach", "cameras": [{"view": "top"}]}, "top"),
        ({"environment": "reach", "cameras": [{}], "flat": True}, "flat"),
        ({"environment": "reach", "max_steps": 0}, "maxSteps"),
        ({"environment": "reach", "max_steps": 1000}, "at most 200"),
        ({"environment": "reach", "policy": "clever"}, "clever"),
        ({"environment": "reach", "modules": ["nothing.ts"]}, "nothing.ts"),
        ({"environment": "reach", "engine": "mujoco"}, "engine"),
        ({"environment": "reach", "render_mode": "human"}, "rgb_array"),
    ],
)
def test_a_wrong_argument_is_refused(arguments, said):
    with pytest.raises(InvalidInputError, match=said):
        sluice.make(**arguments)


@pytest.mark.parametrize(
    "seed, options, said",
    [
        (-1, None, "seed"),
        (2**53, None, "seed"),
        (1.5, None, "seed"),
        (1, {"candidate": -3}, "candidate"),
        (1, {"candidate": "x"}, "candidate"),
        (1, {"stream": ""}, "stream"),
        (1, {"stream": 5}, "stream"),
        (1, {"canidate": 1}, "canidate"),
    ],
)
def test_a_wrong_reset_is_refused(env, seed, options, said):
    with pytest.raises(InvalidInputError, match=said):
        env.reset(seed=seed, options=options)
    env.reset(seed=1)


def test_an_unknown_id_is_gymnasiums_error():
    with pytest.raises(gymnasium.error.NameNotFound):
        gymnasium.make("sluice/Reech-v0")


def test_asking_a_policy_that_was_not_named_is_refused(env):
    env.reset(seed=1)
    with pytest.raises(InvalidInputError, match="scripted"):
        env.policy_action()
