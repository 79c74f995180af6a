"""Sluice from Python: its environments in Gymnasium, its datasets, its policies and pipelines.

The simulators and pipelines themselves run in Deno, in a child process that this package starts.
PyTorch and zarr are imported where they are used alone; where Gymnasium is installed, the ids of
the environments are registered with it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .dataset import Dataset as Dataset
    from .dataset import Windows as Windows
    from .dataset import open_dataset as open_dataset
    from .envs import SluiceEnv as SluiceEnv
    from .envs import make as make
    from .errors import ChildDiedError as ChildDiedError
    from .errors import DenoNotFoundError as DenoNotFoundError
    from .errors import InvalidInputError as InvalidInputError
    from .errors import SluiceError as SluiceError
    from .errors import VersionMismatchError as VersionMismatchError
    from .loader import WindowLoader as WindowLoader
    from .pipelines import run as run
    from .pipelines import runs as runs
    from .policies import Policy as Policy
    from .policies import policy as policy
    from .results import Run as Run
    from .results import RunError as RunError
    from .results import Stage as Stage
    from .serving import Episode as Episode
    from .serving import PolicyEnvironment as PolicyEnvironment
    from .serving import serve_policy as serve_policy
    from .vector import SluiceVectorEnv as SluiceVectorEnv
    from .vector import make_vec as make_vec

#: Public names, and the modules that have them.
_EXPORTS = {
    "ChildDiedError": "errors",
    "Dataset": "dataset",
    "DenoNotFoundError": "errors",
    "Episode": "serving",
    "InvalidInputError": "errors",
    "Policy": "policies",
    "PolicyEnvironment": "serving",
    "Run": "results",
    "RunError": "results",
    "SluiceEnv": "envs",
    "SluiceError": "errors",
    "SluiceVectorEnv": "vector",
    "Stage": "results",
    "VersionMismatchError": "errors",
    "WindowLoader": "loader",
    "Windows": "dataset",
    "make": "envs",
    "make_vec": "vector",
    "open_dataset": "dataset",
    "policy": "policies",
    "run": "pipelines",
    "runs": "pipelines",
    "serve_policy": "serving",
}

__all__ = ["__version__", *_EXPORTS]


def __getattr__(name: str) -> object:
    """Imports a public name when it is first asked for."""
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_EXPORTS])


# Gymnasium knows an id once the package that has it is imported.
try:
    from ._register import register_environments as _register_environments

    _register_environments()
except ImportError:  # it is optional
    pass
