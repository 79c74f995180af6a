"""Windows gathered into memory that processes share: what a worker of a loader runs.

The loader starts this file by its path, on NumPy and the standard library alone, so that a worker
begins at once and holds nothing but the mapped columns. A request names an epoch, a range of its
windows and the slot that takes them; the answer comes when they are there. Memory and descriptors
have no names, so that nothing is left of them, however the processes end.
"""

from __future__ import annotations

import json
import mmap
import os
import select
import socket
import struct
import sys
import traceback
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: Epoch, first window in its order, number of windows, and slot.
REQUEST = struct.Struct("<4q")

#: Bytes of the text that follows, 0 where the slot is filled.
ANSWER = struct.Struct("<q")

#: Seconds after which an idle worker looks whether its parent is still there. The closed connection
#: tells it at once, unless another child of the parent has inherited it.
LOOK_SECONDS = 5.0

#: A field of windows: its name, column and steps.
Part = tuple[str, Array, NDArray[np.int64]]


def mask_of(field: str) -> str:
    """Name of the mask of a field."""
    return f"{field}_is_pad"


def order_of(count: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """The numbers below `count` in the random order of an epoch, the same on every machine.

    They are sorted by numbers of the counter-based generator Philox 4x64, keyed by seed and epoch, in
    whose low bits they stand themselves: no two are equal, so every sort gives the same order.
    """
    low = np.uint64(max(1, (count - 1).bit_length()))
    drawn = np.random.Philox(key=np.array([seed, epoch], np.uint64)).random_raw(count)
    keys = (drawn >> low << low) | np.arange(count, dtype=np.uint64)
    keys.sort()
    return (keys & ((np.uint64(1) << low) - np.uint64(1))).astype(np.int64)


def gather(
    parts: Iterable[Part],
    bounds: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    chosen: NDArray[np.integer[Any]],
    out: Mapping[str, Array] | None = None,
) -> dict[str, Array]:
    """Windows by number, each field `[n, steps, ...]` and its mask `[n, steps]`.

    Args:
        bounds: Row of each window's own step, and first and last row of its episode.
        out: Arrays to write to; new ones where absent.
    """
    rows, first, last = (bound[chosen, None] for bound in bounds)
    gathered: dict[str, Array] = {}
    for field, column, steps in parts:
        wanted = rows + steps
        inside = np.clip(wanted, first, last)
        mask = mask_of(field)
        if out is None:
            gathered[field] = column.take(inside, axis=0)
            gathered[mask] = inside != wanted
        else:
            # Where rows are "clipped", though all are inside, NumPy writes without another copy.
            column.take(inside, axis=0, out=out[field], mode="clip")
            np.not_equal(inside, wanted, out=out[mask])
    return gathered if out is None else dict(out)


def slot_arrays(buffer: Array, layout: Iterable[tuple[str, int, str, list[int]]]) -> dict[str, Array]:
    """Arrays in a slot's `[bytes]` u8: name, offset, type and shape of each."""
    arrays = {}
    for name, offset, kind, shape in layout:
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        arrays[name] = buffer[offset : offset + size].view(kind).reshape(shape)
    return arrays


class _Worker:
    """Windows, and the slots that it fills with them."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._shuffled, self._seed, self._count = told["shuffle"], told["seed"], told["windows"]
        shared = np.frombuffer(mmap.mmap(told["columns"], 0, access=mmap.ACCESS_READ), np.uint8)
        arrays = slot_arrays(shared, told["shared"])
        self._bounds = tuple(arrays.pop(f"/{name}") for name in ("rows", "first", "last"))
        mapped = {field: np.load(place, mmap_mode="r") for field, place in told["files"].items()}
        columns = {**arrays, **mapped}
        self._parts = [(field, columns[field], np.array(steps)) for field, steps in told["steps"]]
        slots = np.frombuffer(mmap.mmap(told["slots"], 0), np.uint8).reshape(-1, told["slot_bytes"])
        self._slots = [slot_arrays(slot, told["layout"]) for slot in slots]
        self._epoch, self._order = -1, np.arange(self._count)

    def fill(self, epoch: int, start: int, count: int, slot: int) -> None:
        """Writes windows of the order of an epoch to a slot."""
        if self._shuffled and epoch != self._epoch:
            self._epoch, self._order = epoch, order_of(self._count, self._seed, epoch)
        out = {name: array[:count] for name, array in self._slots[slot].items()}
        gather(self._parts, self._bounds, self._order[start : start + count], out)


def serve(told: Mapping[str, Any]) -> None:
    """Answers requests, in their order, until the connection ends."""
    connection = socket.socket(fileno=told["connection"])
    worker: _Worker | None = None
    while (request := _receive(connection, told["parent"])) is not None:
        text = b""
        try:
            worker = worker or _Worker(told)
            worker.fill(*REQUEST.unpack(request))
        except Exception:
            text = traceback.format_exc().encode()
        connection.sendall(ANSWER.pack(len(text)) + text)


def _receive(connection: socket.socket, parent: int) -> bytes | None:
    """The next request, None where nobody is left to make one."""
    received = b""
    while len(received) < REQUEST.size:
        if not select.select([connection], [], [], LOOK_SECONDS)[0]:
            if os.getppid() != parent:
                return None
            continue
        part = connection.recv(REQUEST.size - len(received))
        if not part:
            return None
        received += part
    return received


if __name__ == "__main__":
    try:
        serve(json.loads(sys.argv[1]))
    except (BrokenPipeError, ConnectionResetError):
        pass  # the loader is gone
