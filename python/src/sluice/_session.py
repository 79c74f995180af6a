"""Worlds in a child process: what is asked of them, and the arrays in which they answer."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import __version__, _frames
from ._awake import system_library
from ._child import Child
from ._deno import deno_command
from ._frames import FrameStream
from .errors import ChildDiedError, InvalidInputError

#: Bits of the array `flags`.
TERMINATED, TRUNCATED, SUCCESS, DIVERGED, BEGAN = 1, 2, 4, 8, 16

#: What an episode that is asked for begins with: world, bytes of the stream, seed, candidate, stride.
_EPISODE = struct.Struct("<IIddd")

#: Largest seed and candidate: what a double holds exactly.
MOST_SEED = 2**53 - 1

_DTYPES = {"bool": "uint8"}


class Client:
    """A child process that answers one request after the other."""

    def __init__(
        self, hello: Mapping[str, Any], *, log: str | os.PathLike[str] | None = None
    ) -> None:
        library = system_library()
        self._child = Child(
            lambda pipes: deno_command(
                "env-server",
                *(f"--fds={pipes}", *([] if library is None else [f"--library={library}"])),
                permissions=[] if library is None else [f"--allow-ffi={library}"],
            ),
            log=log,
            is_awake=library is not None,
        )
        self.worlds: int = hello.get("worlds", 1)
        said = {"protocol": _frames.PROTOCOL, "version": __version__, **hello}
        stream = self._child.stream
        try:
            self.welcome: dict[str, Any] = stream.exchange_json(
                _frames.HELLO, said, _frames.WELCOME
            )
            stream.expect(self.welcome["largestFrame"])
        except BaseException as error:
            died = isinstance(error, ChildDiedError)
            raised = self._child.died() if died else error
            self._child.close()
            raise raised from None

    @property
    def pid(self) -> int:
        """Identifier of the process."""
        return self._child.pid

    @property
    def closed(self) -> bool:
        return self._child.closed

    def close(self) -> None:
        """Ends the process. Does nothing the second time."""
        self._child.close()

    def reset(self, episodes: Sequence[tuple[int, int | None, str, int | None, int]]) -> None:
        """Begins episodes, each of (world, seed, stream, candidate, stride).

        Without a seed, seed and stream stay; without a candidate, the first of a seed that is given
        or the next.
        """
        parts = []
        for world, seed, stream, candidate, stride in episodes:
            text = stream.encode()
            numbers = (-1 if seed is None else seed, -1 if candidate is None else candidate, stride)
            parts.append(_EPISODE.pack(world, len(text), *numbers))
            parts.append(text + b"\0" * (-len(text) % 8))
        self._exchange(_frames.RESET, b"".join(parts))

    def _exchange(self, kind: int, payload: bytes) -> int:
        stream = self._child.stream
        try:
            stream.send(kind, payload)
            return stream.receive(kind)
        except BaseException as error:
            self._failed(error)
            raise

    def _failed(self, error: BaseException) -> None:
        """Ends a child with which the next exchange could not be told from this one.

        Raises:
            ChildDiedError: If the child is gone, with what it said last.
        """
        if isinstance(error, (ChildDiedError, OSError)):
            raise self._child.died() from None
        if not isinstance(error, InvalidInputError):
            self.close()


class Session(Client):
    """Some worlds of one environment.

    `arrays` are views of the answer that was read last: a row a world. They change with the next.
    """

    def __init__(
        self, hello: Mapping[str, Any], *, log: str | os.PathLike[str] | None = None
    ) -> None:
        super().__init__(hello, log=log)
        stream = self._child.stream
        self.environment: dict[str, Any] = self.welcome["environment"]
        self.action_size = int(np.prod(self.environment["action"]["shape"], dtype=int))
        self.arrays = {
            spec["name"]: self._view(stream, spec) for spec in self.welcome["arrays"]
        }
        size = 4 * self.action_size * self.worlds
        self._step_frame = bytearray(_frames.HEADER.pack(size, _frames.STEP)) + bytearray(size)
        #: `[worlds, m]` actions of the next step.
        self.actions: NDArray[np.float32] = np.frombuffer(
            self._step_frame, np.float32, offset=_frames.HEADER.size
        ).reshape(self.worlds, self.action_size)

    @staticmethod
    def _view(stream: FrameStream, spec: Mapping[str, Any]) -> NDArray[Any]:
        dtype = np.dtype(_DTYPES.get(spec["dtype"], spec["dtype"])).newbyteorder("<")
        count = int(np.prod(spec["shape"], dtype=int))
        offset = _frames.HEADER.size + spec["offset"]
        view = np.frombuffer(stream.buffer, dtype, count, offset).reshape(spec["shape"])
        return view.view(bool) if spec["dtype"] == "bool" else view

    def step(self) -> None:
        """Advances every world by the row of `actions` that it has."""
        stream = self._child.stream
        try:
            stream.send_frame(self._step_frame)
            stream.receive(_frames.STEP)
        except BaseException as error:
            self._failed(error)
            raise

    def render(self, world: int) -> NDArray[np.uint8]:
        """`[height, width, 3]` u8 picture of a world."""
        length = self._exchange(_frames.RENDER, struct.pack("<I", world))
        picture = np.frombuffer(self._child.stream.payload(length), np.uint8)
        size = self.welcome["picture"]
        return picture.reshape(size["height"], size["width"], 3).copy()

    def act(self) -> NDArray[np.float32]:
        """`[worlds, m]` what the policy that was named at the start would do now."""
        length = self._exchange(_frames.ACT, b"")
        actions = np.frombuffer(self._child.stream.payload(length), np.float32)
        return actions.reshape(self.worlds, self.action_size).copy()

    def state(self, world: int) -> NDArray[np.float64]:
        """`[k]` exact state of a world."""
        length = self._exchange(_frames.STATE, struct.pack("<I", world))
        return np.frombuffer(self._child.stream.payload(length), np.float64).copy()


def requested_episode(seed: object, candidate: object, stream: object) -> tuple[int | None, int | None, str]:
    """Seed, candidate and stream of an episode, checked."""
    return (
        None if seed is None else _whole("seed", seed),
        None if candidate is None else _whole("candidate", candidate),
        _text("stream", stream),
    )


def _whole(name: str, value: object) -> int:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        if 0 <= value <= MOST_SEED:
            return int(value)
    raise InvalidInputError(
        f"Cannot reset: expected {name} to be an integer in [0, 2**53), found {value!r}"
    )


def _text(name: str, value: object) -> str:
    if isinstance(value, str) and 0 < len(value.encode()) <= 200:
        return value
    raise InvalidInputError(
        f"Cannot reset: expected {name} to be the name of a stage, found {value!r}"
    )
