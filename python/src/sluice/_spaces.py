"""Gymnasium's spaces of the fields that an environment names."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

Field = Mapping[str, Any]


def box_of(field: Field) -> spaces.Box:
    """Box of a field, infinite where it has no bounds; pictures have all values of their type."""
    shape = tuple(field["shape"])
    dtype: np.dtype[Any] = np.dtype(field["dtype"])
    if np.issubdtype(dtype, np.integer):
        bounds = np.iinfo(dtype)
        return spaces.Box(bounds.min, bounds.max, shape, dtype.type)
    low, high = (_bound(field, side, shape) for side in ("low", "high"))
    return spaces.Box(low.astype(dtype), high.astype(dtype), shape, dtype.type)


def _bound(field: Field, side: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    values = field.get(side)
    if values is None:
        return np.full(shape, -np.inf if side == "low" else np.inf)
    flat = np.asarray(values, dtype=np.float64)
    if flat.size == 1:
        return np.full(shape, flat.item())
    return flat.reshape(shape)


def flat_box(fields: Sequence[Field]) -> spaces.Box:
    """One box of all fields, one behind another: what policies of Sluice are given."""
    boxes = [box_of(field) for field in fields]
    low = np.concatenate([box.low.ravel() for box in boxes])
    high = np.concatenate([box.high.ravel() for box in boxes])
    return spaces.Box(low, high, dtype=np.float32)


def picture_name(field: Field) -> str:
    """Name of a camera's column without the prefix that all observations have."""
    return str(field["name"]).removeprefix("observation/")


def dict_space(fields: Sequence[Field], pictures: Sequence[Field]) -> spaces.Dict:
    """Fields by their names in the order of the environment, then pictures."""
    boxes: list[tuple[str, spaces.Space[Any]]] = [(field["name"], box_of(field)) for field in fields]
    boxes += [(picture_name(field), box_of(field)) for field in pictures]
    return spaces.Dict(OrderedDict(boxes))
