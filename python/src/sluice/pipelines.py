"""Pipelines of Sluice from Python: runs that are started here, and those of a data directory."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import _command, _progress
from .errors import InvalidInputError
from .results import Run

PathLike = str | os.PathLike[str]

#: Seconds between two counts of a stage that are shown.
SHOWN_EVERY = 1


def run(
    pipeline: str | os.PathLike[str] | Mapping[str, Any],
    *,
    set: Mapping[str, Any] | None = None,
    matrix: Mapping[str, Sequence[Any] | Mapping[str, Any]] | None = None,
    seed: int | None = None,
    episodes: int | None = None,
    modules: Sequence[PathLike] = (),
    threads: int | None = None,
    rerun: bool = False,
    root: PathLike | None = None,
    progress: bool = True,
) -> Run:
    """Runs a pipeline to its end, as `deno task pipeline` does, and shows how far it is.

    An interrupt of the kernel or Ctrl-C stops the run in good order: what is in progress is
    committed, and the next call goes on from there. A second one stops it at once. Stored results
    are used again.

    Args:
        pipeline: A shipped pipeline by name, a file in YAML or JSON, or a declaration as a
            dictionary, whose paths must be absolute.
        set: Parameters that replace those of the declaration: `{"train.steps": 500}`.
        matrix: Levels by parameter: `{"train.lr": [1e-4, 3e-4]}`.
        seed: Seed, instead of the declaration's.
        episodes: Episodes of every generate stage.
        modules: Modules in TypeScript that register what the declaration names.
        threads: Compute threads; all cores unless given.
        rerun: Whether stored results are computed again and compared.
        root: Data directory; `SLUICE_HOME`, else `data` in the checkout, unless given.
        progress: Whether progress is shown: in a notebook below the cell, else on standard error.

    Raises:
        InvalidInputError: If the pipeline or an argument is wrong; nothing has run then.
        RunError: If the run fails or is cancelled; its `run` has what there is of it.
        KeyboardInterrupt: If it was interrupted.
        DenoNotFoundError: If there is no Deno or no checkout.
    """
    flags = [
        *_flags("--set", set),
        *_flags("--matrix", matrix),
        *(word for path in modules for word in ("--module", os.path.abspath(path))),
        *_number("--seed", seed),
        *_number("--episodes", episodes),
        *_number("--threads", threads),
        *(["--rerun"] if rerun else []),
    ]
    home = _command.data_root(root)
    with tempfile.TemporaryDirectory(prefix="sluice-") as folder:
        named = _file_of(pipeline, Path(folder)) if isinstance(pipeline, Mapping) else _name(pipeline)
        done = _command.run_command(
            ["pipeline", named, *flags, "--json", "--log-json", f"--log-interval={SHOWN_EVERY}"],
            root=home,
            on_event=_progress.display() if progress else None,
        )
    found = None if done.printed is None else Run._of(done.printed, home)
    done.raise_for_status(found)
    if found is None:
        raise done.nonsense()
    return found


def runs(pipeline: str | None = None, *, root: PathLike | None = None) -> list[Run]:
    """The runs of a data directory, or of one pipeline, the latest last.

    Args:
        pipeline: Its name.
        root: Data directory; `SLUICE_HOME`, else `data` in the checkout, unless given.

    Raises:
        InvalidInputError: If an argument is wrong.
        DenoNotFoundError: If there is no Deno or no checkout.
    """
    home = _command.data_root(root)
    named = [] if pipeline is None else [_name(pipeline)]
    done = _command.run_command(["runs", *named, "--json"], root=home)
    if done.printed is None:  # else it has read the others, and each damaged run says what it has
        done.raise_for_status(None)
        raise done.nonsense()
    return [Run._of(found, home) for found in done.printed]


def _name(pipeline: str | os.PathLike[str]) -> str:
    """A name or path as an argument of a command, of which it must not become a flag."""
    name = os.fspath(pipeline)
    if name.startswith("-"):
        raise InvalidInputError(
            f'Cannot find pipeline "{name}": expected a name or a path: write "./{name}" for a file'
        )
    return name


def _flags(flag: str, given: Mapping[str, Any] | None) -> list[str]:
    return [f"{flag}={place}={_text_of(value)}" for place, value in (given or {}).items()]


def _number(flag: str, value: object) -> list[str]:
    return [] if value is None else [f"{flag}={value}"]


def _text_of(value: Any) -> str:
    """A value as it stands on a command line: texts as they are, else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value.tolist() if hasattr(value, "tolist") else value)
    except (TypeError, ValueError):
        raise InvalidInputError(
            f"Cannot run a pipeline: expected numbers, texts, lists and dictionaries, found {value!r:.80}"
        ) from None


def _file_of(declaration: Mapping[str, Any], folder: Path) -> str:
    try:
        text = json.dumps(declaration, indent=2)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"Cannot run a declaration: expected what JSON can hold, found another: {error}"
        ) from None
    file = folder / "pipeline.json"
    file.write_text(text)
    return str(file)
