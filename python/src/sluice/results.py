"""What runs have come to: figures, datasets and policies."""

from __future__ import annotations

import html
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import InvalidInputError, SluiceError

if TYPE_CHECKING:
    from .dataset import Dataset
    from .policies import Policy


@dataclass(frozen=True)
class Stage:
    """Result of one stage of a run."""

    name: str
    kind: str
    #: Directory of its output.
    path: Path
    #: SHA-256 of its output.
    digest: str
    #: Whether a stored result was used.
    cached: bool
    #: Whether equal keys promise equal bytes; False of what depends on a program.
    exact: bool
    seconds: float
    counts: Mapping[str, float]
    metrics: Mapping[str, float | str]

    @property
    def is_dataset(self) -> bool:
        """Whether `sluice.open_dataset()` can open its output."""
        return (self.path / "zarr.json").is_file() and (self.path / "meta" / "episode_ends").is_dir()

    @property
    def is_policy(self) -> bool:
        """Whether its output is a policy."""
        return (self.path / "policy.onnx").is_file()


@dataclass(frozen=True)
class Run:
    """A run of a pipeline, one that goes on or has ended."""

    pipeline: str
    #: Number of the run: `reach-expert/3` is number 3.
    number: int
    #: `completed`, `failed` or `cancelled`; None while it goes on, or where it was killed.
    status: str | None
    #: Directory of the run, with `report.html` and logs.
    directory: Path
    seconds: float | None = None
    digest: str | None = None
    #: Date and time of its start (ISO 8601).
    started: str | None = None
    #: `name`, `message` and `stage` of what went wrong.
    error: Mapping[str, Any] | None = None
    #: What is damaged on the disk, None where nothing is.
    damage: str | None = None
    stages: Mapping[str, Stage] = field(default_factory=dict)
    _root: Path = field(default=Path(), repr=False)

    @classmethod
    def _of(cls, told: Mapping[str, Any], root: Path) -> Run:
        """A run as the command line tells it; paths in it are relative to the working directory."""
        stages = {
            name: Stage(
                name=name,
                kind=stage["kind"],
                path=Path(os.path.abspath(stage["path"])),
                digest=stage["digest"],
                cached=stage["cached"],
                exact=stage.get("exact", True),
                seconds=stage["seconds"],
                counts=stage["counts"],
                metrics=stage["metrics"],
            )
            for name, stage in told.get("stages", {}).items()
        }
        return cls(
            pipeline=told["pipeline"],
            number=told["run"],
            status=told.get("status"),
            directory=Path(os.path.abspath(told["directory"])),
            **{name: told.get(name) for name in ("seconds", "digest", "started", "error", "damage")},
            stages=stages,
            _root=root,
        )

    @property
    def name(self) -> str:
        """Name of the run, e.g. `reach-expert/3`."""
        return f"{self.pipeline}/{self.number}"

    @property
    def report(self) -> Path:
        """The page that shows the run."""
        return self.directory / "report.html"

    @property
    def metrics(self) -> dict[str, float | str]:
        """Counts and metrics of all stages, by `<stage>.<name>`: `evaluate.success_rate`."""
        return {
            f"{stage.name}.{name}": value
            for stage in self.stages.values()
            for name, value in {**stage.counts, **stage.metrics}.items()
        }

    @property
    def datasets(self) -> list[str]:
        """Names of the stages that have given datasets."""
        return [name for name, stage in self.stages.items() if stage.is_dataset]

    @property
    def policies(self) -> list[str]:
        """Names of the stages that have given policies."""
        return [name for name, stage in self.stages.items() if stage.is_policy]

    def dataset(self, stage: str | None = None) -> Dataset:
        """Opens the dataset of a stage, the only one unless named.

        Raises:
            InvalidInputError: If there is none of the name, or several and no name.
        """
        from .dataset import open_dataset

        return open_dataset(self._stage(stage, "dataset", self.datasets).path)

    def policy(self, stage: str | None = None, *, worlds: int = 1) -> Policy:
        """Opens the policy of a stage, the only one unless named; see `sluice.policy()`.

        Raises:
            InvalidInputError: If there is none of the name, or several and no name.
        """
        from .policies import policy

        found = self._stage(stage, "policy", self.policies)
        return policy(os.path.relpath(found.path, self._root), root=self._root, worlds=worlds)

    def _stage(self, name: str | None, what: str, known: list[str]) -> Stage:
        if name is None and len(known) == 1:
            return self.stages[known[0]]
        if name in known:
            return self.stages[name]
        expected = f"one of {', '.join(known)}" if known else "a stage that gives one, found none"
        found = "" if not known else ", found no name" if name is None else f", found {name!r}"
        raise InvalidInputError(f"Cannot open a {what} of {self.name}: expected {expected}{found}")

    def __repr__(self) -> str:
        return f"<sluice.Run {self.name} {self.status or 'not ended'}, stages {', '.join(self.stages)}>"

    def _repr_html_(self) -> str:
        """A table of stages and their figures, for notebooks."""
        rows = "".join(
            f"<tr><td>{html.escape(stage.name)}</td>"
            f"<td>{'stored' if stage.cached else f'{stage.seconds:.1f} s'}</td>"
            f"<td>{html.escape(_figures(stage.metrics))}</td></tr>"
            for stage in self.stages.values()
        )
        title = html.escape(f"{self.name} {self.status or 'not ended'}")
        return f"<table><caption>{title}</caption>{rows}</table>"


class RunError(SluiceError, RuntimeError):
    """A run has failed or was cancelled. `run` has what there is of it, None where there is nothing."""

    def __init__(self, message: str, run: Run | None = None) -> None:
        super().__init__(message)
        self.run = run


def _figures(metrics: Mapping[str, float | str]) -> str:
    shown = [
        f"{name} {value:.4g}" for name, value in metrics.items() if isinstance(value, (int, float))
    ]
    return ", ".join(shown[:6]) + (" …" if len(shown) > 6 else "")
