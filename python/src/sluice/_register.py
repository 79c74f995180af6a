"""Ids of Sluice's environments in Gymnasium."""

from __future__ import annotations

from typing import Any

#: Arguments of each environment, by its id.
ENVIRONMENTS: dict[str, dict[str, Any]] = {
    "sluice/Reach-v0": {"environment": "reach"},
    "sluice/PickPlace-v0": {"environment": "pick_place"},
    "sluice/PushT-v0": {"environment": "push-t"},
    "sluice/PushTChipmunk-v0": {"environment": "push-t", "options": {"engine": "chipmunk"}},
    "sluice/Quadruped-v0": {"environment": "quadruped"},
    "sluice/Declared-v0": {},
}


def register_environments() -> None:
    """Registers every id that is not registered yet."""
    from gymnasium.envs.registration import namespace, register, registry

    with namespace("sluice"):
        for identifier, arguments in ENVIRONMENTS.items():
            if identifier in registry:
                continue
            register(
                id=identifier.removeprefix("sluice/"),
                entry_point="sluice.envs:SluiceEnv",
                vector_entry_point="sluice.vector:SluiceVectorEnv",
                kwargs=arguments,
            )
