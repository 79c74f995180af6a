"""What an environment and a vector of them have in common: arguments, spaces, what is observed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from . import _spaces
from ._session import Session
from .errors import InvalidInputError

PathLike = str | os.PathLike[str]


class Camera(TypedDict, total=False):
    """A camera whose pictures are observed, as `cameras` of a stage declares it (docs/cameras.md)."""

    name: str
    view: str
    position: Sequence[float]
    target: Sequence[float]
    fieldOfView: float
    width: int
    height: int
    image: bool
    depth: bool
    segmentation: bool
    shadows: bool


Randomize = bool | Mapping[str, bool | Sequence[float]]


class WorldArguments(TypedDict, total=False):
    """What may be said of an environment, by name or from files, and of its episodes."""

    #: Options of the environment, e.g. `{"engine": "chipmunk"}`.
    options: Mapping[str, str | bool]
    #: Gym config that declares an environment, and the action config of its expert.
    gym_config: PathLike
    action_config: PathLike
    #: Modules in TypeScript that register environments and policies.
    modules: Sequence[PathLike]
    #: True for the default properties, or ranges by name.
    randomize: Randomize
    cameras: Sequence[Camera]
    #: Steps after which an episode is truncated; the environment's unless given.
    max_steps: int
    #: Policy that `policy_action()` asks, e.g. `scripted`.
    policy: str
    #: Whether observations are one vector, as policies get them, and no dictionary.
    flat: bool
    #: Size of pictures that `render()` takes (px).
    width: int
    height: int
    #: File that takes what the process that simulates prints.
    log: PathLike


_KNOWN = frozenset(WorldArguments.__annotations__)


def hello_of(environment: str | None, given: WorldArguments, **more: object) -> dict[str, Any]:
    """The first message of a client, without what was not given.

    Raises:
        InvalidInputError: If an argument is unknown.
    """
    for name in given:
        if name not in _KNOWN:
            raise InvalidInputError(
                f"Cannot make an environment: expected arguments of {', '.join(sorted(_KNOWN))}, "
                f"found {name!r}"
            )
    paths = {"gymConfig": given.get("gym_config"), "actionConfig": given.get("action_config")}
    modules = given.get("modules")
    hello = {
        "environment": environment,
        **{name: None if path is None else os.path.abspath(path) for name, path in paths.items()},
        "modules": None if modules is None else [os.path.abspath(path) for path in modules],
        "options": given.get("options"),
        "randomize": given.get("randomize"),
        "cameras": given.get("cameras"),
        "maxSteps": given.get("max_steps"),
        "policy": given.get("policy"),
        "picture": {"width": given.get("width", 480), "height": given.get("height", 480)},
        **more,
    }
    return {name: value for name, value in hello.items() if value is not None}


class ObservedFields:
    """How answers become observations: the same rows, under the names of the environment."""

    def __init__(self, session: Session, *, flat: bool) -> None:
        environment = session.environment
        fields, self._pictures = environment["observation"], environment["cameras"]
        if flat and self._pictures:
            raise InvalidInputError(
                "Cannot observe cameras in one vector: expected flat=False with cameras, found "
                "flat=True: leave one of them out"
            )
        self.space: spaces.Space[Any] = (
            _spaces.flat_box(fields) if flat else _spaces.dict_space(fields, self._pictures)
        )
        self._flat = flat
        self._parts: list[tuple[str, int, int, tuple[int, ...]]] = []
        start = 0
        for field in fields:
            end = start + int(np.prod(field["shape"], dtype=int))
            self._parts.append((field["name"], start, end, tuple(field["shape"])))
            start = end
        self._is_plain = all(len(shape) == 1 for *_, shape in self._parts)

    def of_row(self, arrays: Mapping[str, NDArray[Any]], row: int, prefix: str = "") -> Any:
        """The observation of one world; new arrays."""
        values = arrays[prefix + "observation"][row].copy()
        if self._flat:
            return values
        if self._is_plain:
            seen = {name: values[start:end] for name, start, end, _ in self._parts}
        else:
            seen = {name: values[start:end].reshape(shape) for name, start, end, shape in self._parts}
        for field in self._pictures:
            picture = arrays[prefix + field["name"]][row]
            seen[_spaces.picture_name(field)] = picture.copy()
        return seen

    def of_all(self, arrays: Mapping[str, NDArray[Any]]) -> Any:
        """The observations of all worlds, `[worlds, …]`; new arrays."""
        values = arrays["observation"].copy()
        if self._flat:
            return values
        worlds = len(values)
        seen = {
            name: values[:, start:end].reshape(worlds, *shape)
            for name, start, end, shape in self._parts
        }
        for field in self._pictures:
            seen[_spaces.picture_name(field)] = arrays[field["name"]].copy()
        return seen


class OpenWorlds:
    """Worlds in a process of their own, with what they have in common: spaces, and names of arrays."""

    def __init__(
        self,
        environment: str | None,
        given: WorldArguments,
        *,
        render_mode: str | None,
        **more: object,
    ) -> None:
        """Starts the process. `more` is what the first message has besides.

        Raises:
            InvalidInputError: If an argument is wrong.
        """
        if render_mode not in (None, "rgb_array"):
            raise InvalidInputError(
                f"Cannot render: expected render_mode None or 'rgb_array', found {render_mode!r}"
            )
        self.session = Session(hello_of(environment, given, **more), log=given.get("log"))
        try:
            told = self.session.environment
            self.observed = ObservedFields(self.session, flat=given.get("flat", False))
            self.action_space = _spaces.box_of(told["action"])
        except BaseException:
            self.session.close()
            raise
        self.metadata: dict[str, Any] = {
            "render_modes": ["rgb_array"],
            "render_fps": told["controlHz"],
        }
        #: Names of the fields beside observations, and of their arrays.
        self.infos = _arrays_of(told["info"], "info")
        #: Names of properties that vary, and of the arrays of what was drawn.
        self.drawn = _arrays_of(told["randomization"], "randomization")


def _arrays_of(fields: Sequence[Mapping[str, Any]], prefix: str) -> list[tuple[str, str]]:
    return [(field["name"], f"{prefix}/{field['name']}") for field in fields]


def put_action(target: NDArray[np.float32], action: object) -> None:
    """Writes an action where the next step takes it from.

    Raises:
        InvalidInputError: If it has another shape, or is not of real numbers.
    """
    try:
        values = np.asarray(action)
    except ValueError:
        values = np.empty(0, object)
    if values.shape != target.shape:
        raise InvalidInputError(
            f"Cannot step: expected an action of shape {target.shape}, found "
            f"{_shown(action, values)}: take one of action_space"
        )
    if values.dtype.kind not in "fiu":
        raise InvalidInputError(
            f"Cannot step: expected an action of real numbers, float32 best, found dtype "
            f"{values.dtype}: action.astype(numpy.float32)"
        )
    target[...] = values


def _shown(action: object, values: NDArray[Any]) -> str:
    return f"{action!r:.60}" if values.dtype == object else f"shape {values.shape}"
