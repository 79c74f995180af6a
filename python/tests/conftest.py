"""What the tests share: the checkout, and datasets that its own simulators have stored."""

import json
import pathlib
import subprocess

import pytest

from sluice._deno import child_environment, find_checkout, find_deno

SEED = 11

#: A `generate` stage each, and what makes the same environment here.
STORED = {
    "reach": (
        {"environment": "reach", "randomize": True, "cameras": [{"width": 16, "height": 12}]},
        {"environment": "reach", "randomize": True, "cameras": [{"width": 16, "height": 12}]},
    ),
    "pick_place": (
        {"environment": "pick_place"},
        {"environment": "pick_place"},
    ),
    "push_t": (
        {"environment": "push-t", "policy": "scripted", "maxSteps": 40},
        {"environment": "push-t", "max_steps": 40},
    ),
    "push_t_chipmunk": (
        {
            "environment": "push-t",
            "options": {"engine": "chipmunk"},
            "policy": "planner",
            "episodes": 4,
            "shard": 2,
        },
        {"environment": "push-t", "options": {"engine": "chipmunk"}},
    ),
    "quadruped": (
        {"environment": "quadruped", "maxSteps": 50},
        {"environment": "quadruped", "max_steps": 50},
    ),
    "declared": (
        {
            "environment": "declared",
            "gymConfig": "pipelines/shipped/pour_water/gym_config.json",
            "actionConfig": "pipelines/shipped/pour_water/action_config.json",
        },
        {
            "gym_config": "pipelines/shipped/pour_water/gym_config.json",
            "action_config": "pipelines/shipped/pour_water/action_config.json",
            # Episodes end with its plan.
            "policy": "scripted",
        },
    ),
}


@pytest.fixture(scope="session")
def checkout() -> pathlib.Path:
    return find_checkout()


@pytest.fixture(scope="session")
def datasets(checkout, tmp_path_factory) -> pathlib.Path:
    """A folder with a dataset by each name of STORED."""
    return store_datasets(checkout, tmp_path_factory.mktemp("datasets"), list(STORED))


@pytest.fixture(scope="session")
def reach(checkout, tmp_path_factory) -> pathlib.Path:
    """A dataset of reach with pictures."""
    return store_datasets(checkout, tmp_path_factory.mktemp("dataset"), ["reach"]) / "reach"


def store_datasets(checkout: pathlib.Path, folder: pathlib.Path, names: list[str]) -> pathlib.Path:
    """Stores datasets by their names in STORED, each in a folder of the name."""
    stages = {name: STORED[name][0] for name in names}
    script = checkout / "tests" / "python" / "make_datasets.ts"
    done = subprocess.run(
        [find_deno(checkout), "run", "-A", "--no-check", str(script), str(folder), json.dumps(stages)],
        cwd=checkout,
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder
