"""Policies of Python for `evaluate` and `generate`: frames of docs/python_protocol.md, from the other end."""

from __future__ import annotations

import inspect
import json
import os
import struct
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._frames import ERROR, HEADER, HELLO, PROTOCOL, WELCOME
from . import __version__
from .errors import InvalidInputError

#: Type of the frames that ask for actions, and of their answers.
POLICY_ACT = 32

#: Largest frame that is believed, in bytes.
LARGEST_FRAME = 1 << 30

Floats = NDArray[np.float32]

#: What a policy sees: one array, or with cameras the fields and images by name.
Observations = Floats | dict[str, NDArray[Any]]


@dataclass(frozen=True)
class PolicyEnvironment:
    """The environment in which a policy acts."""

    name: str
    options: Mapping[str, Any]
    control_hz: float
    max_steps: int
    #: Fields of an observation in their order: name, shape, unit, low, high, description.
    observation: Sequence[Mapping[str, Any]]
    #: The action: shape, unit, low, high, description.
    action: Mapping[str, Any]
    #: Images through the policy's cameras: name, dtype, shape, description.
    images: Sequence[Mapping[str, Any]] = ()

    def split(self, observations: Floats) -> dict[str, Floats]:
        """The fields of observations `[..., n]` by name, each `[..., *shape]`; views where they can be."""
        fields: dict[str, Floats] = {}
        start = 0
        for spec in self.observation:
            shape = tuple(spec["shape"])
            size = int(np.prod(shape, dtype=np.int64))
            part = observations[..., start : start + size]
            fields[spec["name"]] = part.reshape(observations.shape[:-1] + shape)
            start += size
        return fields


@dataclass
class Episode:
    """One of the episodes that go on at the same time."""

    id: int
    #: Seed for what the policy draws in this episode: the same for the same candidate.
    seed: int
    environment: PolicyEnvironment
    #: Control steps so far.
    step: int = 0
    #: The policy's own: hidden state, a chunk of actions. None in an episode that begins.
    state: Any = None
    _random: np.random.Generator | None = field(default=None, repr=False)

    @property
    def random(self) -> np.random.Generator:
        """A generator of this episode."""
        if self._random is None:
            self._random = np.random.default_rng(self.seed)
        return self._random


def serve_policy(policy: Callable[..., Any], *, batch: bool = True) -> None:
    """Computes actions for Sluice until it asks for no more; then returns.

    A program that calls it is started by `--policy-command 'python my_policy.py'`, or under the name by
    which a module has registered its command. What it prints goes to the log of the run.

    Args:
        policy: With `batch`, takes observations `[k, n]` (float32) of k episodes and returns actions
            `[k, m]`; else takes `[n]` and returns `[m]`. If cameras are registered with it, it takes
            a dictionary instead, of fields and images by name, each `[k, ...]`. A policy that takes a second argument is given
            the list of `Episode`s too, else the `Episode`: `episode.state` is the place for what it
            remembers. Where the policy has a method `reset`, that is called with the episodes that
            begin. Actions beyond the range are clipped.
        batch: Whether it takes the observations of several episodes at once.

    Raises:
        InvalidInputError: If the program was not started by Sluice.
    """
    reader, writer = _descriptors()
    try:
        _serve(policy, batch, reader, writer)
    except BrokenPipeError:
        return
    except Exception as error:
        _send(writer, ERROR, json.dumps({"name": type(error).__name__, "message": str(error)}).encode())
        traceback.print_exc()
        sys.exit(1)


def _serve(policy: Callable[..., Any], batch: bool, reader: int, writer: int) -> None:
    hello = _receive(reader)
    if hello is None:
        return
    environment = _welcome(hello, writer)
    takes_episodes = _takes_two(policy)
    reset = getattr(policy, "reset", None)
    episodes: dict[int, Episode] = {}
    while (frame := _receive(reader)) is not None:
        kind, payload = frame
        if kind != POLICY_ACT:
            raise InvalidInputError(f"Cannot answer a frame of type {kind}: expected type {POLICY_ACT}")
        observations, asked, begin = _decode(payload, episodes, environment)
        count = len(asked)
        if reset is not None and begin:
            reset(begin)
        arguments = (observations, asked) if takes_episodes else (observations,)
        if batch:
            actions = policy(*arguments)
        else:
            rows = (_row(observations, i) for i in range(count))
            each = zip(rows, asked) if takes_episodes else zip(rows)
            actions = np.stack([np.asarray(policy(*row)) for row in each])
        size = int(np.prod(environment.action["shape"], dtype=np.int64))
        _send(writer, POLICY_ACT, _encode(actions, count, size))
        for episode in asked:
            episode.step += 1


def _descriptors() -> tuple[int, int]:
    text = os.environ.get("SLUICE_FDS")
    if text is None:
        raise InvalidInputError(
            "Cannot serve a policy: expected descriptors in SLUICE_FDS, found none: start the program "
            "by \"deno task evaluate --policy-command 'python my_policy.py' --environment reach\""
        )
    reader, writer = (int(part) for part in text.split(","))
    for descriptor in (reader, writer):
        os.set_inheritable(descriptor, False)  # what the policy starts holds neither
    return reader, writer


def _welcome(frame: tuple[int, bytes], writer: int) -> PolicyEnvironment:
    kind, payload = frame
    hello = json.loads(payload) if kind == HELLO else {}
    if hello.get("protocol") != PROTOCOL:
        raise InvalidInputError(
            f"Cannot serve a policy: expected protocol {PROTOCOL}, found {hello.get('protocol')}: "
            "install the package of the same version as the checkout"
        )
    welcome = {"protocol": PROTOCOL, "version": __version__, "largestFrame": LARGEST_FRAME}
    _send(writer, WELCOME, json.dumps(welcome).encode())
    told = hello["environment"]
    return PolicyEnvironment(
        name=told["name"],
        options=told["options"],
        control_hz=told["controlHz"],
        max_steps=told["maxSteps"],
        observation=told["observation"],
        action=told["action"],
        images=[
            {**field, "name": field["name"].removeprefix("observation/")}
            for field in told.get("images", [])
        ],
    )


def _takes_two(policy: Callable[..., Any]) -> bool:
    try:
        signature = inspect.signature(policy)
    except (TypeError, ValueError):
        return False  # a function of C: it is given observations
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = [
        parameter
        for parameter in signature.parameters.values()
        if parameter.kind in positional and parameter.default is inspect.Parameter.empty
    ]
    return len(required) >= 2


def _row(observations: Observations, index: int) -> Observations:
    """The observation of one of several episodes."""
    if isinstance(observations, dict):
        return {name: values[index] for name, values in observations.items()}
    return observations[index]


def _decode(
    payload: bytes, episodes: dict[int, Episode], environment: PolicyEnvironment
) -> tuple[Observations, list[Episode], list[Episode]]:
    """What the policy sees, of which episodes, and those of them that begin."""
    count, size, _, ended = struct.unpack_from("<4I", payload)
    at = 16

    def take(dtype: str, length: int) -> NDArray[Any]:
        nonlocal at
        values = np.frombuffer(payload, dtype, length, at)
        at += -(-values.nbytes // 8) * 8
        return values

    ids, first, seeds, over = take("<i4", count), take("u1", count), take("<u4", count), take("<i4", ended)
    for number in over.tolist():
        episodes.pop(number, None)
    begin = []
    for number, is_first, seed in zip(ids.tolist(), first.tolist(), seeds.tolist()):
        if is_first:
            episodes[number] = Episode(number, seed, environment)
            begin.append(episodes[number])
    numbers = take("<f4", count * size).reshape(count, size)
    asked = [episodes[number] for number in ids.tolist()]
    if not environment.images:
        return numbers, asked, begin
    seen: dict[str, NDArray[Any]] = {**environment.split(numbers)}
    for spec in environment.images:
        shape = (count, *spec["shape"])
        dtype = np.dtype(spec["dtype"]).newbyteorder("<").str
        seen[spec["name"]] = take(dtype, int(np.prod(shape))).reshape(shape)
    return seen, asked, begin


def _encode(actions: Any, count: int, size: int) -> bytes:
    if hasattr(actions, "detach"):
        actions = actions.detach().cpu().numpy()
    values = np.asarray(actions)
    if values.shape != (count, size) or values.dtype.kind not in "fiu":
        raise InvalidInputError(
            f"Cannot send actions: expected numbers of shape [{count}, {size}], found {values.dtype} of "
            f"shape {list(values.shape)}: correct what the policy returns"
        )
    values = values.astype("<f4")
    if not np.isfinite(values).all():
        raise InvalidInputError("Cannot send actions: expected finite numbers, found NaN or infinity")
    return struct.pack("<2I", count, size) + values.tobytes()


def _receive(descriptor: int) -> tuple[int, bytes] | None:
    """The next frame, None where there are no more."""
    header = _read(descriptor, HEADER.size)
    if header is None:
        return None
    length, kind = HEADER.unpack(header)
    payload = _read(descriptor, length)
    return None if payload is None else (kind, payload)


def _read(descriptor: int, length: int) -> bytes | None:
    parts = []
    while length > 0:
        part = os.read(descriptor, length)
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _send(descriptor: int, kind: int, payload: bytes) -> None:
    rest = memoryview(HEADER.pack(len(payload), kind) + payload)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
