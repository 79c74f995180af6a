"""Policies that Sluice has trained, as Python callables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _frames
from ._deno import find_checkout
from ._session import Client, requested_episode
from .errors import InvalidInputError


def policy(
    name: str,
    *,
    root: str | os.PathLike[str] | None = None,
    worlds: int = 1,
    log: str | os.PathLike[str] | None = None,
) -> Policy:
    """A trained policy, by the name of its run: `policy("reach-expert/1")`.

    Args:
        name: A run, `run/stage` where it has trained several, or a path in the data directory.
        root: Data directory; `SLUICE_HOME`, else `data` in the checkout, unless given.
        worlds: Observations that it is given at once.
        log: File that takes what its process prints.

    Raises:
        InvalidInputError: If there is no such policy.
    """
    return Policy(name, root=root, worlds=worlds, log=log)


class Policy:
    """A policy in a process of its own: from observations to actions, to the bit those of Sluice.

    A policy with a memory, such as one of action chunks, has one for each world; `begin()` starts
    an episode.
    """

    def __init__(
        self,
        name: str,
        *,
        root: str | os.PathLike[str] | None = None,
        worlds: int = 1,
        log: str | os.PathLike[str] | None = None,
    ) -> None:
        home = root or os.environ.get("SLUICE_HOME") or find_checkout() / "data"
        hello = {"storedPolicy": name, "root": os.path.abspath(home), "worlds": worlds}
        self._client = Client(hello, log=log)
        described = self._client.welcome["policy"]
        self.worlds = worlds
        self.observation_size: int = described["observationSize"]
        self.action_size: int = described["actionSize"]
        #: Name of the environment of its dataset, None where that is unknown.
        self.environment: str | None = described["environment"]
        self._fields: list[Mapping[str, Any]] = described["observation"] or []

    def begin(
        self, *, seed: int = 0, candidate: int = 0, stream: str = "gymnasium", world: int | None = None
    ) -> None:
        """Begins an episode, in one world or all: a policy that draws numbers draws those of it.

        World `i` of all has candidate `candidate + i`.
        """
        own, first, name = requested_episode(seed, candidate, stream)
        begun = range(self.worlds) if world is None else [world]
        start = first or 0
        episodes = [
            (index, own, name, start + (index if world is None else 0), 1) for index in begun
        ]
        self._client.reset(episodes)

    def __call__(self, observation: Any) -> NDArray[np.float32]:
        """The action for an observation, a vector or a dictionary of the environment's fields.

        Returns `[m]`, or `[worlds, m]` for `[worlds, n]` observations.
        """
        values = self._vector(observation)
        expected = (self.worlds, self.observation_size)
        single = values.shape == expected[1:] and self.worlds == 1
        if not single and values.shape != expected:
            raise InvalidInputError(
                f"Cannot ask the policy: expected observations of shape {expected}, found "
                f"{values.shape}: make it with worlds={len(values) if values.ndim == 2 else 1}"
            )
        length = self._client._exchange(_frames.ACT, values.tobytes())
        payload = self._client._child.stream.payload(length)
        actions = np.frombuffer(payload, np.float32).reshape(self.worlds, self.action_size).copy()
        return actions[0] if single else actions

    def _vector(self, observation: Any) -> NDArray[np.float32]:
        if not isinstance(observation, Mapping):
            return np.ascontiguousarray(observation, np.float32)
        names = [field["name"] for field in self._fields]
        if not names or any(name not in observation for name in names):
            raise InvalidInputError(
                f"Cannot ask the policy: expected fields {', '.join(names) or 'as one vector'}, "
                f"found {', '.join(observation)}"
            )
        parts = []
        for field in self._fields:
            value = np.asarray(observation[field["name"]], np.float32)
            rows = value.shape[: value.ndim - len(field["shape"])]
            parts.append(value.reshape(*rows, -1))
        return np.ascontiguousarray(np.concatenate(parts, axis=-1))

    def close(self) -> None:
        """Ends its process. Does nothing the second time."""
        self._client.close()

    def __enter__(self) -> Policy:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
