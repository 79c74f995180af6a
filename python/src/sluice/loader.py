"""Batches of windows in the order of a seed, gathered here or by worker processes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._gather import order_of
from ._window_workers import WindowWorkers
from .dataset import Windows
from .errors import InvalidInputError, SluiceError

Batch = dict[str, NDArray[Any]]

#: The largest seed, as in declarations.
_MOST_SEED = 2**53 - 1


class WindowLoader:
    """Iterates over batches of windows as NumPy, once through all of them an epoch.

    Each iteration is the next epoch, `loader.epoch`, which may be set. The order depends on the seed
    and the epoch alone: the batches are the same with any number of workers. Workers write into
    memory that this process maps, so that batches are not copied; they stay as they are for as long
    as anyone holds them.

    Args:
        windows: See `sluice.Dataset.windows()`.
        batch_size: Windows of a batch; the last of an epoch may have fewer.
        shuffle: Whether epochs have a random order.
        seed: Seed of the order.
        drop_last: Whether a last batch of fewer windows is left out.
        workers: Processes that gather; 0 gathers in this one.

    Raises:
        InvalidInputError: If an argument is out of range, or there is no batch in an epoch.
    """

    def __init__(
        self,
        windows: Windows,
        batch_size: int = 64,
        *,
        shuffle: bool = False,
        seed: int = 0,
        drop_last: bool = False,
        workers: int = 0,
    ) -> None:
        _require("batch_size", batch_size, 1)
        _require("seed", seed, 0, _MOST_SEED)
        _require("workers", workers, 0)
        self.windows = windows
        self.batch_size = batch_size
        #: Epoch that the next iteration is.
        self.epoch = 0
        self._shuffle, self._seed, self._workers = shuffle, seed, workers
        count = len(windows) // batch_size * batch_size if drop_last else len(windows)
        if count == 0:
            raise InvalidInputError(
                f"Cannot load windows: expected at least {batch_size if drop_last else 1}, found "
                f"{len(windows)}: choose another split, fewer steps or a smaller batch"
            )
        #: Windows of an epoch.
        self._count = count
        self._pool: WindowWorkers | None = None
        self._iteration: object = None

    def __len__(self) -> int:
        """Batches of an epoch."""
        return math.ceil(self._count / self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        epoch = self.epoch
        _require("epoch", epoch, 0)
        self.epoch += 1
        self._iteration = iteration = object()
        return self._from_workers(epoch, iteration) if self._workers else self._from_here(epoch)

    def close(self) -> None:
        """Ends the workers; an iteration starts new ones. Does nothing where there are none."""
        if self._pool is not None:
            self._pool.close()
        self._pool = None

    def __enter__(self) -> WindowLoader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _batches(self, gathered: Batch) -> Iterator[Any]:
        """Batches of the windows of several."""
        size = self.batch_size
        count = len(next(iter(gathered.values())))
        for start in range(0, count, size):
            yield {name: values[start : start + size] for name, values in gathered.items()}

    def _from_here(self, epoch: int) -> Iterator[Any]:
        windows = len(self.windows)
        order = order_of(windows, self._seed, epoch) if self._shuffle else np.arange(windows)
        for start in range(0, self._count, self.batch_size):
            chosen = order[start : min(start + self.batch_size, self._count)]
            yield from self._batches(self.windows.batch(chosen))

    def _from_workers(self, epoch: int, iteration: object) -> Iterator[Any]:
        if self._pool is None or not self._pool.is_usable():
            self._pool = WindowWorkers(
                self.windows,
                **{"workers": self._workers, "batch_size": self.batch_size, "count": self._count},
                **{"seed": self._seed, "shuffle": self._shuffle},
            )
        pool = self._pool
        pool.begin(epoch)
        for _ in range(pool.groups):
            if self._iteration is not iteration or self._pool is not pool:
                raise SluiceError(
                    "Cannot go on with this epoch: another iteration over the loader has begun, or it "
                    "was closed: iterate over a loader of its own"
                )
            yield from self._batches(pool.take())


def _require(name: str, value: int, least: int, most: int | None = None) -> None:
    if isinstance(value, (int, np.integer)) and least <= value and (most is None or value <= most):
        return
    bound = f"at least {least}" if most is None else f"in [{least}, {most}]"
    raise InvalidInputError(
        f'Cannot load windows: expected "{name}" to be an integer {bound}, found {value!r}'
    )
