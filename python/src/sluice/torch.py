"""Windows of a dataset for PyTorch: a loader of its own, and a dataset for PyTorch's `DataLoader`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset as TorchDataset

from . import loader
from .dataset import Dataset, Windows, open_dataset
from .errors import InvalidInputError

Sample = dict[str, torch.Tensor]


class WindowDataset(TorchDataset[Sample]):
    """A map-style dataset of windows, see `sluice.Dataset.windows()`.

    With `DataLoader(windows, batch_size=n, collate_fn=windows.collate)` a batch is gathered at once.
    """

    def __init__(
        self,
        dataset: Dataset | str | os.PathLike[str],
        fields: Mapping[str, Sequence[int]] | Sequence[str],
        length: int | None = None,
        *,
        split: str | None = "train",
        pad: bool = True,
    ) -> None:
        opened = dataset if isinstance(dataset, Dataset) else open_dataset(dataset)
        self.windows: Windows = opened.windows(fields, length, split=split, pad=pad)

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, index: int) -> Sample:
        return {name: torch.from_numpy(np.array(values)) for name, values in self.windows[index].items()}

    def __getitems__(self, indices: list[int]) -> Any:
        return _Batch(self.windows, indices)

    @staticmethod
    def collate(batch: Any) -> Sample:
        """Stacks what the loader asked for: in one step, where that is a batch of this dataset."""
        if isinstance(batch, _Batch):
            return {name: torch.from_numpy(values) for name, values in batch.gather().items()}
        stacked: Sample = torch.utils.data.default_collate(batch)
        return stacked


class WindowLoader(loader.WindowLoader):
    """As `sluice.WindowLoader`, with batches of tensors.

    Args:
        windows: Windows, or a dataset of them.
        pin_memory: Whether batches are copied to page-locked memory, for `to(device, non_blocking=True)`.
        more: Arguments of `sluice.WindowLoader`.
    """

    def __init__(
        self, windows: Windows | WindowDataset, batch_size: int = 64, *, pin_memory: bool = False, **more: Any
    ) -> None:
        if pin_memory and not torch.cuda.is_available():
            raise InvalidInputError(
                "Cannot load windows: expected a CUDA device for pin_memory=True, found none: remove it"
            )
        self._pin = pin_memory
        super().__init__(getattr(windows, "windows", windows), batch_size, **more)

    def _batches(self, gathered: loader.Batch) -> Iterator[Sample]:
        tensors = [torch.from_numpy(values) for values in gathered.values()]
        names = list(gathered)
        del gathered  # the tensors alone hold the memory
        if self._pin:
            tensors = [tensor.pin_memory() for tensor in tensors]
        batches = zip(*(tensor.split(self.batch_size) for tensor in tensors), strict=True)
        del tensors
        for batch in batches:
            yield dict(zip(names, batch, strict=True))


class _Batch(Sequence[Sample]):
    """Windows that a loader has asked for: gathered at once, or one by one by another `collate_fn`."""

    def __init__(self, windows: Windows, indices: list[int]) -> None:
        self._windows = windows
        self._indices = indices

    def gather(self) -> dict[str, Any]:
        return self._windows.batch(self._indices)

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: Any) -> Any:
        item = self._windows[self._indices[index]]
        return {name: torch.from_numpy(np.array(values)) for name, values in item.items()}
