"""Processes that gather windows into slots of shared memory, for a loader."""

from __future__ import annotations

import json
import math
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import weakref
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _gather
from ._deno import child_environment
from ._gather import ANSWER, REQUEST, mask_of, slot_arrays
from .dataset import Windows
from .errors import ChildDiedError, SluiceError

Array = NDArray[Any]

#: Bytes of a group of batches, of which one request asks: messages then cost little beside gathering.
GROUP_BYTES = 2 * 2**20

#: Groups that are asked of a worker ahead.
AHEAD = 2

#: Slots whose arrays are handed out as they are; where a program keeps more, it gets copies.
LENT = 2

#: Boundary at which arrays begin in shared memory: a cache line.
_ALIGNED = 64

#: Name, offset, type and shape of an array in shared memory.
_Place = tuple[str, int, str, list[int]]

#: What a worker process executes: this process's modules, and the file of its name.
_START = (
    "import json, runpy, sys; sys.path[:] = json.loads(sys.argv.pop(2)); "
    "runpy.run_path(json.loads(sys.argv[1])['program'], run_name='__main__')"
)


class WindowWorkers:
    """Workers and the ring of slots that they fill; group `g` of an epoch is worker `g mod n`'s."""

    def __init__(
        self, windows: Windows, *, workers: int, batch_size: int, count: int, seed: int, shuffle: bool
    ) -> None:
        self._count, self._owner = count, os.getpid()
        row = sum(len(steps) * (_row_bytes(column) + 1) for _, column, steps in windows.parts)
        batches = max(1, min(GROUP_BYTES // (row * batch_size), math.ceil(count / batch_size / workers)))
        self._group = batches * batch_size
        #: Groups of an epoch.
        self.groups = math.ceil(count / self._group)
        layout: list[_Place] = []
        self._slot_bytes = 0
        for field, column, steps in windows.parts:
            shape = [self._group, len(steps), *column.shape[1:]]
            self._slot_bytes = _place(layout, self._slot_bytes, field, column.dtype, shape)
            self._slot_bytes = _place(layout, self._slot_bytes, mask_of(field), bool, shape[:2])
        self._layout = layout
        slots = workers * AHEAD + LENT + 1
        memory, self._memory = _anonymous(slots * self._slot_bytes)
        columns, shared, files = _share_columns(windows)
        told = {
            "program": _gather.__file__,
            **{"parent": os.getpid(), "shuffle": shuffle, "seed": seed, "windows": len(windows)},
            **{"columns": columns, "shared": shared, "files": files},
            "steps": [(field, steps.tolist()) for field, _, steps in windows.parts],
            **{"slots": memory, "slot_bytes": self._slot_bytes, "layout": layout},
        }
        self._free = deque(range(slots))
        self._lent: dict[int, weakref.ref[Array]] = {}
        #: Epoch, group and slot of what workers were asked for, in the order of the answers.
        self._asked: deque[tuple[int, int, int]] = deque()
        self._next = (0, 0)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._connections: list[socket.socket] = []
        self.close = weakref.finalize(self, _end, self._processes, self._connections)
        try:
            for _ in range(workers):
                self._start(told)
        except BaseException:
            self.close()
            raise
        finally:
            os.close(memory)
            os.close(columns)

    def is_usable(self) -> bool:
        """Whether it is open, and of this process: not inherited by a fork of it."""
        return self.close.alive and os.getpid() == self._owner

    def begin(self, epoch: int) -> None:
        """Makes the first group of an epoch the next that is taken."""
        if self._asked and self._asked[0][:2] == (epoch, 0):
            return  # asked for ahead, at the end of the epoch before
        try:
            while self._asked:
                _, group, slot = self._asked.popleft()
                self._await(group)
                self._free.append(slot)
        except BaseException:
            self.close()
            raise
        self._next = (epoch, 0)

    def take(self) -> dict[str, Array]:
        """The windows of the next group: each field `[n, steps, ...]` and its mask.

        Raises:
            ChildDiedError: If the worker is gone.
            SluiceError: If it could not gather them.
        """
        try:
            self._ask()
            epoch, group, slot = self._asked.popleft()
            self._await(group)
            arrays = self._arrays(slot, group)
            self._ask()
            return arrays
        except BaseException:
            self.close()  # answers may be left that nobody awaits: an interrupt comes at any point
            raise

    def _start(self, told: dict[str, Any]) -> None:
        ours, theirs = socket.socketpair()
        self._connections.append(ours)
        with theirs:
            handed = [theirs.fileno(), told["slots"], told["columns"]]
            text = json.dumps({**told, "connection": theirs.fileno()})
            self._processes.append(
                subprocess.Popen(
                    [sys.executable, "-c", _START, text, json.dumps(sys.path)],
                    env=child_environment(),
                    stdin=subprocess.DEVNULL,
                    pass_fds=handed,
                    process_group=0,  # Ctrl-C is this process's, which then ends the workers
                )
            )

    def _ask(self) -> None:
        """Asks for groups ahead, as far as there are free slots, into the next epoch too."""
        ahead = len(self._connections) * AHEAD
        while self._free and len(self._asked) < ahead:
            epoch, group = self._next
            slot = self._free.popleft()
            start = group * self._group
            request = REQUEST.pack(epoch, start, min(self._group, self._count - start), slot)
            self._asked.append((epoch, group, slot))
            self._next = (epoch, group + 1) if group + 1 < self.groups else (epoch + 1, 0)
            try:
                self._connections[group % len(self._connections)].sendall(request)
            except OSError:
                raise self._died(group) from None

    def _await(self, group: int) -> None:
        (length,) = ANSWER.unpack(self._receive(group, ANSWER.size))
        if length > 0:
            text = self._receive(group, length).decode()
            raise SluiceError(f"Cannot gather windows: a worker of the loader failed:\n{text}")

    def _receive(self, group: int, length: int) -> bytes:
        connection = self._connections[group % len(self._connections)]
        received = b""
        while len(received) < length:
            try:
                part = connection.recv(length - len(received))
            except ConnectionResetError:
                part = b""
            if not part:
                raise self._died(group)
            received += part
        return received

    def _died(self, group: int) -> ChildDiedError:
        process = self._processes[group % len(self._processes)]
        try:
            status = process.wait(1)
        except subprocess.TimeoutExpired:
            status = None
        how = "" if status is None else f" with status {status}"
        if status is not None and status < 0:
            how = f" by {signal.Signals(-status).name}"
        return ChildDiedError(
            f"Cannot gather windows: a worker of the loader has ended{how}: iterate again, with fewer "
            "workers where memory is short"
        )

    def _arrays(self, slot: int, group: int) -> dict[str, Array]:
        count = min(self._group, self._count - group * self._group)
        # Every view of it, PyTorch's too, holds this array; the slot is free when it is gone.
        whole = np.frombuffer(self._memory, np.uint8, self._slot_bytes, slot * self._slot_bytes)
        arrays = {name: array[:count] for name, array in slot_arrays(whole, self._layout).items()}
        if len(self._lent) >= LENT:
            copies = {name: array.copy() for name, array in arrays.items()}
            self._free.append(slot)
            return copies
        free, lent = self._free, self._lent

        def release(_: object) -> None:
            del lent[slot]
            free.append(slot)

        lent[slot] = weakref.ref(whole, release)
        return arrays


def _row_bytes(column: Array) -> int:
    return int(np.prod(column.shape[1:], dtype=np.int64)) * column.itemsize


def _place(layout: list[_Place], offset: int, name: str, kind: Any, shape: Any) -> int:
    """Adds an array to a layout. Returns where the next begins."""
    kind = np.dtype(kind)
    layout.append((name, offset, kind.str, list(shape)))
    end = offset + int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    return -(-end // _ALIGNED) * _ALIGNED


def _anonymous(size: int) -> tuple[int, mmap.mmap]:
    """Memory without a name, by its descriptor and as it is mapped here."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("sluice-loader")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    try:
        os.ftruncate(descriptor, size)
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, size)  # too little is an exception now, no signal later
        return descriptor, mmap.mmap(descriptor, size)
    except BaseException:
        os.close(descriptor)
        raise


def _share_columns(windows: Windows) -> tuple[int, list[_Place], dict[str, str]]:
    """Memory with the columns and bounds of windows, their places in it; and the files of pictures."""
    bounds = zip(("/rows", "/first", "/last"), windows.bounds, strict=True)
    columns: dict[str, Array] = {field: column for field, column, _ in windows.parts}
    files = {
        field: str(column.filename)
        for field, column in columns.items()
        if isinstance(column, np.memmap)
    }
    arrays = {**{f: c for f, c in columns.items() if f not in files}, **dict(bounds)}
    places: list[_Place] = []
    size = 0
    for name, array in arrays.items():
        size = _place(places, size, name, array.dtype, array.shape)
    descriptor, memory = _anonymous(size)
    shared = slot_arrays(np.frombuffer(memory, np.uint8), places)
    for name, array in arrays.items():
        shared[name][...] = array
    return descriptor, places, files


def _end(processes: list[subprocess.Popen[bytes]], connections: list[socket.socket]) -> None:
    """Ends workers: they end by themselves when their connection does."""
    for connection in connections:
        connection.close()
    for process in processes:
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
