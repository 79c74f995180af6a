"""Many worlds of an environment as Gymnasium's `VectorEnv`: one message steps them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from ._session import BEGAN, MOST_SEED, SUCCESS, TERMINATED, TRUNCATED, requested_episode
from ._worlds import OpenWorlds, WorldArguments, put_action
from .envs import DEFAULT_STREAM, episode_options
from .errors import InvalidInputError

_AUTORESET = {
    AutoresetMode.DISABLED: "disabled",
    AutoresetMode.NEXT_STEP: "next-step",
    AutoresetMode.SAME_STEP: "same-step",
}

#: What a reset gives each world: seed, stream, candidate, and how far apart candidates are.
_Episode = tuple[int | None, str, int | None, int]


def make_vec(environment: str | None = None, num_envs: int = 1, **given: Any) -> SluiceVectorEnv:
    """As `make()`, many worlds that step by one message: see `SluiceVectorEnv`."""
    return SluiceVectorEnv(environment, num_envs=num_envs, **given)


class SluiceVectorEnv(VectorEnv[Any, Any, Any]):
    """Worlds of one environment in one process, on one thread or several.

    An episode that is over is followed by the next candidate of its world. `reset(seed=s)` gives
    world `i` the episodes of seed `s + i`, as Gymnasium's other vectors do. With
    `options={"candidate": c}` all have seed `s`, and world `i` the candidates `c + i`, `c + i + n`,
    `c + i + 2 n` and so on of the `n` worlds: together those of a stage.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}

    def __init__(
        self,
        environment: str | None = None,
        *,
        num_envs: int = 1,
        threads: int = 1,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        **given: Unpack[WorldArguments],
    ) -> None:
        self._mode = mode = AutoresetMode(autoreset_mode)
        worlds = OpenWorlds(
            environment,
            given,
            render_mode=render_mode,
            **{"worlds": num_envs, "threads": threads, "autoreset": _AUTORESET[mode]},
        )
        self.num_envs = num_envs
        self.render_mode = render_mode
        self._session, self._observed = worlds.session, worlds.observed
        self._infos, self._drawn = worlds.infos, worlds.drawn
        self.single_observation_space = worlds.observed.space
        self.single_action_space = worlds.action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.metadata = {**worlds.metadata, "autoreset_mode": mode}
        self._all = np.ones(num_envs, dtype=bool)
        self._seeds: list[int] | None = None

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Begins episodes, in all worlds or those of `options["reset_mask"]`.

        Args:
            seed: One for each world, or one for all: see the class.
            options: `candidate`, one for each world or the first of all; `stream`; `reset_mask`.
        """
        given = episode_options(options, "reset_mask")
        if isinstance(seed, (int, np.integer)):
            super().reset(seed=int(seed))
        mask = self._mask(given.get("reset_mask"))
        episodes = self._episodes(seed, given)
        self._session.reset(
            [(world, *episodes[world]) for world in np.flatnonzero(mask).tolist()]
        )
        infos = self._start_infos(mask)
        self._add(infos, self._infos, self._all)
        return self._observed.of_all(self._session.arrays), infos

    def _mask(self, given: object) -> NDArray[np.bool_]:
        if given is None:
            return self._all
        mask = np.asarray(given)
        if mask.shape != (self.num_envs,) or mask.dtype != bool or not mask.any():
            raise InvalidInputError(
                f"Cannot reset: expected reset_mask to be {self.num_envs} booleans, some of them "
                f"true, found {given!r:.80}"
            )
        if self._seeds is None and not mask.all():
            raise InvalidInputError(
                "Cannot reset some worlds: expected a reset of all before, found none"
            )
        return mask

    def _episodes(self, seed: object, given: Any) -> list[_Episode]:
        """What each world is to begin with."""
        worlds, candidate = self.num_envs, given.get("candidate")
        seeds = self._each(seed, "seed", step=0 if candidate is not None else 1)
        candidates = self._each(candidate, "candidate", step=1)
        stride = worlds if candidate is not None else 1
        if self._seeds is None:
            first = int(self.np_random.integers(MOST_SEED - worlds))
            step = 0 if candidate is not None else 1
            drawn = [first + step * world for world in range(worlds)]
            seeds = [own if found is None else found for own, found in zip(drawn, seeds)]
        elif "stream" in given:
            seeds = [own if found is None else found for own, found in zip(self._seeds, seeds)]
        episodes: list[_Episode] = []
        for own, at in zip(seeds, candidates):
            checked, number, stream = requested_episode(own, at, given.get("stream", DEFAULT_STREAM))
            episodes.append((checked, "" if checked is None else stream, number, stride))
        before = self._seeds or [0] * worlds
        self._seeds = [old if now is None else now for old, (now, *_) in zip(before, episodes)]
        return episodes

    def _each(self, value: Any, name: str, *, step: int) -> list[Any]:
        """One for each world: those that are given, or from a first on."""
        if value is None:
            return [None] * self.num_envs
        if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
            return [int(value) + step * world for world in range(self.num_envs)]
        if isinstance(value, (Sequence, np.ndarray)) and len(value) == self.num_envs:
            return list(value)
        raise InvalidInputError(
            f"Cannot reset: expected {name} to be an integer or {self.num_envs} of them, found "
            f"{value!r:.80}"
        )

    def step(
        self, actions: NDArray[np.float32]
    ) -> tuple[Any, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Advances all worlds; actions beyond the action space are clipped to it.

        Raises:
            InvalidInputError: If the actions have another shape, are not of real numbers or not
                finite. No world has moved then.
            ChildDiedError: If the process that simulates is gone.
        """
        session = self._session
        put_action(session.actions, actions)
        session.step()
        arrays = session.arrays
        flags = arrays["flags"]
        infos: dict[str, Any] = {"is_success": (flags & SUCCESS) != 0, "_is_success": self._all}
        began = (flags & BEGAN) != 0
        if began.any():
            infos.update(self._start_infos(began))
            if self._mode is AutoresetMode.SAME_STEP:
                self._add_final(infos, began)
        self._add(infos, self._infos, self._all)
        return (
            self._observed.of_all(arrays),
            arrays["reward"].astype(np.float64),
            (flags & TERMINATED) != 0,
            (flags & TRUNCATED) != 0,
            infos,
        )

    def _start_infos(self, mask: NDArray[np.bool_]) -> dict[str, Any]:
        """Which episodes began where a mask says so."""
        infos: dict[str, Any] = {}
        for name in ("seed", "candidate"):
            infos[name] = self._session.arrays[name].astype(np.int64)
            infos[f"_{name}"] = mask.copy()
        if self._drawn:
            infos["randomization"] = {}
            self._add(infos["randomization"], self._drawn, mask)
            infos["_randomization"] = mask.copy()
        return infos

    def _add(
        self, infos: dict[str, Any], names: list[tuple[str, str]], mask: NDArray[np.bool_]
    ) -> None:
        for name, array in names:
            infos[name] = self._session.arrays[array].copy()
            infos[f"_{name}"] = mask

    def _add_final(self, infos: dict[str, Any], mask: NDArray[np.bool_]) -> None:
        """What was seen at the end of episodes that others have followed in the same step."""
        arrays = self._session.arrays
        final = np.full(self.num_envs, None, dtype=object)
        for world in np.flatnonzero(mask).tolist():
            final[world] = self._observed.of_row(arrays, world, "final/")
        infos["final_obs"], infos["_final_obs"] = final, mask.copy()
        details: dict[str, Any] = {
            "is_success": infos["is_success"] & mask,
            "_is_success": mask.copy(),
        }
        self._add(details, [(name, f"final/{array}") for name, array in self._infos], mask.copy())
        infos["final_info"], infos["_final_info"] = details, mask.copy()

    def policy_action(self) -> NDArray[np.float32]:
        """`[worlds, m]`: see `SluiceEnv.policy_action()`."""
        return self._session.act()

    def render(self) -> tuple[NDArray[np.uint8], ...] | None:
        """A picture of each world, with `render_mode="rgb_array"`."""
        if self.render_mode is None:
            return None
        return tuple(self._session.render(world) for world in range(self.num_envs))

    def close_extras(self, **kwargs: Any) -> None:
        """Ends the process."""
        self._session.close()
