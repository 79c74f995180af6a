"""Datasets of Sluice as NumPy: episodes, steps, and windows of steps with padding masks."""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, SupportsIndex

import numpy as np
import zarr
from numpy.typing import NDArray

from ._gather import gather, mask_of
from .errors import InvalidInputError

#: Version of the schema of datasets that this package reads.
SCHEMA_VERSION = 1

#: Name of what a policy sees, as one column.
OBSERVATION = "observation"

#: Rows that are decoded at a time into the cache of pictures.
ROWS_AT_ONCE = 256

Array = NDArray[Any]


def open_dataset(path: str | os.PathLike[str], *, cache: str | os.PathLike[str] | None = None) -> Dataset:
    """Opens a dataset as a merge stage of a run has left it.

    Args:
        path: Its directory, e.g. `data/runs/reach-expert/latest/stages/merge`.
        cache: Directory for decoded pictures; `sluice/pictures` in the user's cache where absent.

    Raises:
        InvalidInputError: If there is none, or it is of a newer schema.
    """
    return Dataset(Path(path), Path(cache) if cache is not None else _user_cache())


class Dataset:
    """A dataset: columns of all steps, one episode behind another, and columns of episodes."""

    def __init__(self, path: Path, cache: Path) -> None:
        self.path = path.resolve()
        self._cache = cache
        self._columns: dict[str, Array] = {}
        if not (self.path / "zarr.json").is_file() or not (self.path / "commit.json").is_file():
            raise InvalidInputError(
                f'Cannot open "{path}": expected a dataset, found none: give the directory of a merge '
                "stage, e.g. data/runs/reach-expert/latest/stages/merge"
            )
        self._group = zarr.open_group(str(self.path), mode="r")
        self.attributes: Mapping[str, Any] = dict(self._group.attrs)
        version = self.attributes.get("schema_version", SCHEMA_VERSION)
        if not isinstance(version, int) or version > SCHEMA_VERSION:
            raise InvalidInputError(
                f'Cannot open "{path}": schema is {version}, expected at most {SCHEMA_VERSION}: install '
                "the package of the version that wrote it"
            )
        self.environment = str(self.attributes["environment"])
        self.control_hz = float(self.attributes["control_frequency_hz"])
        #: Names of the columns of steps: `observation/<name>`, `action`, `reward`.
        self.fields: tuple[str, ...] = tuple(sorted(_arrays(self._group, "data")))
        #: Names of the columns of episodes: `success`, `return`, `split`.
        self.episode_fields: tuple[str, ...] = tuple(sorted(_arrays(self._group, "meta")))
        self.episode_ends: NDArray[np.int64] = self.meta("episode_ends").astype(np.int64)
        self.episode_starts = np.concatenate([[0], self.episode_ends[:-1]]).astype(np.int64)

    @property
    def episodes(self) -> int:
        """Number of episodes."""
        return len(self.episode_ends)

    @property
    def steps(self) -> int:
        """Number of steps of all episodes."""
        return int(self.episode_ends[-1]) if self.episodes else 0

    @property
    def statistics(self) -> Mapping[str, Mapping[str, Sequence[float]]]:
        """Mean, std, min and max of each field over the training split."""
        statistics: Mapping[str, Mapping[str, Sequence[float]]] = self.attributes["statistics"]
        return statistics

    def meta(self, name: str) -> Array:
        """A column of episodes, `[episodes, ...]`."""
        return np.asarray(self._array("meta", name)[:])

    def column(self, field: str) -> Array:
        """A column of all steps, `[steps, ...]`, read once: numbers in memory, pictures as a file of
        their decoded pixels that processes share. `observation` is what `observations()` returns."""
        if field not in self._columns:
            column = self.observations() if field == OBSERVATION else self._read(field)
            column.flags.writeable = False
            self._columns[field] = column
        return self._columns[field]

    def _read(self, field: str) -> Array:
        array = self._array("data", field)
        is_picture = array.dtype == np.uint8 and array.ndim >= 3
        return self._decode(field, array) if is_picture else np.ascontiguousarray(array[:])

    @property
    def observation_fields(self) -> tuple[str, ...]:
        """Fields of what a policy sees, numbers alone, in the order in which it sees them."""
        named = [f"observation/{name}" for name in self.attributes["observations"]]
        return tuple(field for field in named if self._array("data", field).dtype.kind == "f")

    def observations(self) -> NDArray[np.float32]:
        """What a policy saw before each step, `[steps, n]`."""
        columns = [self.column(field) for field in self.observation_fields]
        return np.concatenate([column.reshape(len(column), -1) for column in columns], axis=1)

    def episode(self, index: SupportsIndex, fields: Sequence[str] | None = None) -> dict[str, Array]:
        """Columns of the steps of one episode, `[length, ...]` each."""
        at = range(self.episodes)[index]
        rows = slice(int(self.episode_starts[at]), int(self.episode_ends[at]))
        return {field: self.column(field)[rows] for field in fields or self.fields}

    def __len__(self) -> int:
        return self.episodes

    def __iter__(self) -> Iterator[dict[str, Array]]:
        return (self.episode(index) for index in range(self.episodes))

    def split(self, name: str) -> NDArray[np.int64]:
        """Numbers of the episodes of a split: `train`, `validation` or `test`."""
        splits = list(self.attributes["splits"])
        if name not in splits:
            raise InvalidInputError(
                f'Cannot find split "{name}": expected one of {", ".join(splits)}: correct the name'
            )
        return np.flatnonzero(self.meta("split") == splits.index(name))

    def windows(
        self,
        fields: Mapping[str, Sequence[int]] | Sequence[str],
        length: int | None = None,
        *,
        split: str | None = "train",
        pad: bool = True,
    ) -> Windows:
        """Windows around every step of a split.

        Args:
            fields: Steps of each field relative to the window's own, e.g.
                `{"observation/ee_pos": [-1, 0], "action": range(16)}`; or names of fields, of which
                the window has `length` steps from its own on. `observation` is what a policy sees,
                all fields in one.
            length: Steps of a window, where `fields` are names.
            split: Whose episodes; all where None.
            pad: Whether there are windows that reach beyond their episode, in which its first or last
                step stands for what is missing; else only those that lie in it.
        """
        offsets = _offsets(fields, length)
        known = (*self.fields, OBSERVATION)
        unknown = next((field for field in offsets if field not in known), None)
        if unknown is not None:
            raise InvalidInputError(
                f'Cannot make windows of "{unknown}": expected a field of the dataset, found none of the '
                f"name: choose some of {', '.join(known)}"
            )
        episodes = np.arange(self.episodes) if split is None else self.split(split)
        return Windows(self, offsets, episodes, pad)

    def _array(self, folder: str, name: str) -> zarr.Array[Any]:
        try:
            found = self._group[f"{folder}/{name}"]
        except KeyError:
            found = None
        if isinstance(found, zarr.Array):
            return found
        known = self.fields if folder == "data" else self.episode_fields
        raise InvalidInputError(
            f'Cannot read "{name}": expected a column of the dataset, found none: choose one of '
            f"{', '.join(known)}"
        )

    def _decode(self, field: str, array: zarr.Array[Any]) -> Array:
        """The pixels of a field as a mapped file, which is made where it is not there."""
        place = self._cache / _digest_of(self.path) / f"{field.replace('/', '.')}.npy"
        if not place.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=place.parent, suffix=".tmp")
            os.close(handle)
            try:
                mapped = np.lib.format.open_memmap(temporary, "w+", array.dtype, array.shape)
                for start in range(0, len(mapped), ROWS_AT_ONCE):
                    mapped[start : start + ROWS_AT_ONCE] = array[start : start + ROWS_AT_ONCE]
                mapped.flush()
                del mapped
                os.replace(temporary, place)
            finally:
                Path(temporary).unlink(missing_ok=True)
        return np.load(place, mmap_mode="r")

    def __getstate__(self) -> dict[str, Any]:
        # Another process maps or reads the columns itself.
        return {"path": self.path, "cache": self._cache}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["path"], state["cache"])  # type: ignore[misc]


class Windows:
    """Windows of some steps within one episode each, by number.

    An item is a dict: each field `[offsets, ...]`, and `<field>_is_pad`, `[offsets]`, which tells the
    steps that lie beyond the episode and repeat its first or last.
    """

    def __init__(
        self,
        dataset: Dataset,
        offsets: Mapping[str, NDArray[np.int64]],
        episodes: NDArray[np.int64],
        pad: bool,
    ) -> None:
        self.dataset = dataset
        self.offsets = offsets
        starts, ends = dataset.episode_starts[episodes], dataset.episode_ends[episodes]
        before = 0 if pad else max(0, -min(int(steps.min()) for steps in offsets.values()))
        behind = 0 if pad else max(0, max(int(steps.max()) for steps in offsets.values()))
        counts = np.maximum(0, ends - behind - (starts + before))
        #: Row of each window's own step.
        self.rows = _ranges(starts + before, counts)
        #: Rows of each window's own step, and of the first and last step of its episode.
        self.bounds = (self.rows, np.repeat(starts, counts), np.repeat(ends - 1, counts))
        #: Name, column and steps of each field.
        self.parts = [(field, dataset.column(field), steps) for field, steps in offsets.items()]
        self._runs = [_start_of(steps) for steps in offsets.values()]
        self._whole = {field: _read_only(np.zeros(len(steps), bool)) for field, steps in offsets.items()}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: SupportsIndex) -> dict[str, Array]:
        at = index.__index__()
        row, first, last = (int(bound[at]) for bound in self.bounds)
        item: dict[str, Array] = {}
        for (field, column, steps), start in zip(self.parts, self._runs, strict=True):
            length, mask = len(steps), mask_of(field)
            if start is not None and first <= row + start and row + start + length - 1 <= last:
                item[field] = column[row + start : row + start + length]
                item[mask] = self._whole[field]
            else:
                wanted = row + steps
                item[field] = column[np.clip(wanted, first, last)]
                item[mask] = (wanted < first) | (wanted > last)
        return item

    def __iter__(self) -> Iterator[dict[str, Array]]:
        return (self[index] for index in range(len(self)))

    def batch(self, indices: Sequence[int] | NDArray[np.integer[Any]]) -> dict[str, Array]:
        """Several windows at once: each field `[n, offsets, ...]`."""
        return gather(self.parts, self.bounds, np.asarray(indices))


def _offsets(
    fields: Mapping[str, Sequence[int]] | Sequence[str], length: int | None
) -> dict[str, NDArray[np.int64]]:
    if isinstance(fields, Mapping):
        if length is not None:
            raise InvalidInputError("Cannot make windows: expected offsets or a length, found both")
        offsets = {field: np.asarray(list(steps), np.int64) for field, steps in fields.items()}
    else:
        if length is None or length < 1:
            raise InvalidInputError(f"Cannot make windows: expected a length of at least 1, found {length}")
        offsets = {field: np.arange(length) for field in fields}
    if not offsets or any(len(steps) == 0 for steps in offsets.values()):
        raise InvalidInputError("Cannot make windows: expected fields with at least one step, found none")
    return offsets


def _start_of(steps: NDArray[np.int64]) -> int | None:
    """The first of steps that follow each other, None where they do not."""
    return int(steps[0]) if np.array_equal(steps, np.arange(len(steps)) + steps[0]) else None


def _ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """`starts[i]`, `starts[i] + 1` … of `counts[i]` numbers, one behind another."""
    begin = np.cumsum(counts) - counts
    return np.arange(int(counts.sum())) + np.repeat(starts - begin, counts)


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array


def _arrays(group: zarr.Group, folder: str) -> list[str]:
    found = group[folder]
    assert isinstance(found, zarr.Group)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of files that are no part of Zarr
        return [name for name, member in found.members(max_depth=None) if isinstance(member, zarr.Array)]


def _digest_of(path: Path) -> str:
    """What tells the content of a dataset apart: its commit."""
    return hashlib.sha256((path / "commit.json").read_bytes()).hexdigest()[:32]


def _user_cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "sluice" / "pictures"
