"""Environments of Sluice as Gymnasium's `Env`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import gymnasium
import numpy as np
from gymnasium import logger
from numpy.typing import NDArray

from ._session import DIVERGED, MOST_SEED, SUCCESS, TERMINATED, TRUNCATED, requested_episode
from ._worlds import OpenWorlds, WorldArguments, put_action
from .errors import InvalidInputError

#: Stream of episodes that no stage of a pipeline has, unless a stage is called so.
DEFAULT_STREAM = "gymnasium"


def make(
    environment: str | None = None, *, render_mode: str | None = None, **given: Unpack[WorldArguments]
) -> SluiceEnv:
    """Makes an environment by its name in Sluice, or of a gym config: `make(gym_config="gym.yaml")`.

    Raises:
        InvalidInputError: If there is no such environment, or it has not what is asked of it.
        DenoNotFoundError: If there is no Deno or no checkout.
        VersionMismatchError: If the checkout is of another version than this package.
    """
    return SluiceEnv(environment, render_mode=render_mode, **given)


def episode_options(options: Mapping[str, Any] | None, *more: str) -> Mapping[str, Any]:
    """Options of a reset. Raises InvalidInputError if one is unknown."""
    known = ("candidate", "stream", *more)
    for name in options or {}:
        if name not in known:
            raise InvalidInputError(
                f"Cannot reset: expected options of {', '.join(known)}, found {name!r}"
            )
    return options or {}


class SluiceEnv(gymnasium.Env[Any, Any]):
    """One world of an environment, in a process of its own that ends with this object.

    `reset(seed=s, options={"candidate": c, "stream": "generate"})` begins the episode that candidate
    `c` of the stage `generate` of a pipeline of seed `s` is, to the bit; the same actions then give
    the observations and rewards that are stored. A reset without a seed begins the next candidate.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}

    def __init__(
        self,
        environment: str | None = None,
        *,
        render_mode: str | None = None,
        **given: Unpack[WorldArguments],
    ) -> None:
        worlds = OpenWorlds(environment, given, render_mode=render_mode)
        self.render_mode = render_mode
        self._session, self._observed = worlds.session, worlds.observed
        self._infos, self._drawn = worlds.infos, worlds.drawn
        self.observation_space = worlds.observed.space
        self.action_space = worlds.action_space
        self.metadata = worlds.metadata
        self._action = self._session.actions[0]
        self._seed: int | None = None
        self._stream = DEFAULT_STREAM
        self._is_over = False
        self._warned = False

    @property
    def description(self) -> Mapping[str, Any]:
        """Name, fields, control rate, policies and views, as the environment tells them."""
        return self._session.environment

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begins an episode.

        Args:
            seed: Seed of the episodes to come, in [0, 2**53).
            options: `candidate` and `stream`; the first candidate of a seed, and `gymnasium`,
                unless given.
        """
        given = episode_options(options)
        own, candidate, stream = requested_episode(
            seed, given.get("candidate"), given.get("stream", DEFAULT_STREAM)
        )
        super().reset(seed=own)
        if own is None and (self._seed is None or "stream" in given):
            own = int(self.np_random.integers(MOST_SEED)) if self._seed is None else self._seed
        if own is not None:
            self._seed, self._stream = own, stream
        self._session.reset([(0, own, stream if own is not None else "", candidate, 1)])
        self._is_over = self._warned = False
        return self._observed.of_row(self._session.arrays, 0), self._start_info()

    def _start_info(self) -> dict[str, Any]:
        arrays = self._session.arrays
        return {
            "seed": self._seed,
            "stream": self._stream,
            "candidate": int(arrays["candidate"][0]),
            **({"randomization": self._values(self._drawn)} if self._drawn else {}),
            **self._values(self._infos),
        }

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Advances by one control period; an action beyond the action space is clipped to it.

        Raises:
            InvalidInputError: If the action has another shape, is not of real numbers or not
                finite. Nothing has moved then.
            ChildDiedError: If the process that simulates is gone.
        """
        if self._seed is None:
            raise gymnasium.error.ResetNeeded("Cannot step: expected reset() first")
        if self._is_over and not self._warned:
            self._warned = True
            logger.warn(
                "You are calling 'step()' even though this environment has already returned "
                "terminated = True or truncated = True. You should call 'reset()' once you "
                "receive either; any further steps are undefined behaviour."
            )
        session = self._session
        put_action(self._action, action)
        session.step()
        arrays = session.arrays
        flags = arrays["flags"].item(0)
        terminated, truncated = bool(flags & TERMINATED), bool(flags & TRUNCATED)
        if terminated or truncated:
            self._is_over = True
        info: dict[str, Any] = {"is_success": bool(flags & SUCCESS)}
        if flags & DIVERGED:
            info["diverged"] = True
        if self._infos:
            info.update(self._values(self._infos))
        observation = self._observed.of_row(arrays, 0)
        return observation, arrays["reward"].item(0), terminated, truncated, info

    def _values(self, names: list[tuple[str, str]]) -> dict[str, Any]:
        """Rows of arrays; numbers where a row is one."""
        arrays = self._session.arrays
        return {
            name: arrays[array].item(0) if arrays[array].ndim == 1 else arrays[array][0].copy()
            for name, array in names
        }

    def policy_action(self) -> NDArray[np.float32]:
        """`[m]` what the policy that `policy=` named would do now.

        It is asked once for each state, and begins anew with each episode, so that stepping by what
        it says gives the episodes that a stage of this policy stores.
        """
        action: NDArray[np.float32] = self._session.act()[0]
        return action

    def state(self) -> NDArray[np.float64]:
        """`[k]` exact state of the simulator, as datasets keep it in `start_state`."""
        return self._session.state(0)

    def render(self) -> Any:
        """`[height, width, 3]` u8 picture, with `render_mode="rgb_array"`."""
        if self.render_mode is None:
            logger.warn(
                "You are calling render() without a render mode: make the environment with "
                'render_mode="rgb_array"'
            )
            return None
        return self._session.render(0)

    def close(self) -> None:
        """Ends the process. Does nothing the second time."""
        if hasattr(self, "_session"):
            self._session.close()
