"""Finds Deno and the checkout of Sluice that it runs, and says what is missing."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import urllib.parse
import warnings
from collections.abc import Sequence

from . import __version__
from .errors import DenoNotFoundError, VersionMismatchError

#: Variables that name what is not found otherwise.
CHECKOUT_VARIABLE = "SLUICE_CHECKOUT"
DENO_VARIABLE = "SLUICE_DENO"

_NAME = "@sluice/sluice"

#: What a child finds in its environment: no credentials of whoever runs it.
_GIVEN = re.compile(
    r"HOME|USER|LOGNAME|SHELL|PATH|TMPDIR|TMP|TEMP|LANG|LANGUAGE|LC_.*|TZ|TZDIR|TERM|NO_COLOR"
    r"|XDG_.*|LD_LIBRARY_PATH|DYLD_.*|(?i:https?_proxy|all_proxy|no_proxy)|SSL_CERT_FILE"
    r"|SSL_CERT_DIR|DENO_DIR|DENO_CERT|DENO_TLS_CA_STORE|NPM_CONFIG_REGISTRY"
    r"|NODE_EXTRA_CA_CERTS|SLUICE_.*"
)
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|(API|ACCESS|PRIVATE)_?KEY", re.I)


def child_environment() -> dict[str, str]:
    """The environment of programs that this package starts."""
    return {
        name: value
        for name, value in os.environ.items()
        if _GIVEN.fullmatch(name) and not _SECRET.search(name)
    }


def find_checkout() -> pathlib.Path:
    """The checkout of Sluice that belongs to this package, whose version is compared.

    Raises:
        DenoNotFoundError: If there is none where one is looked for.
        VersionMismatchError: If it is of another version than this package.
    """
    for place in _places():
        found = _version_at(place)
        if found is None:
            continue
        if found != __version__:
            raise VersionMismatchError(
                f'Cannot use the checkout "{place}": expected Sluice {__version__}, as this '
                f"package is, found {found}: pip install {place / 'python'}"
            )
        return place.resolve()
    raise DenoNotFoundError(
        "Cannot find Sluice: expected a checkout beside the package, found none: set "
        f"{CHECKOUT_VARIABLE} to its directory"
    )


def _places() -> list[pathlib.Path]:
    named = os.environ.get(CHECKOUT_VARIABLE)
    if named:
        place = pathlib.Path(named).expanduser()
        if _version_at(place) is None:
            raise DenoNotFoundError(
                f'Cannot use {CHECKOUT_VARIABLE}="{named}": expected a checkout of Sluice, found '
                "no deno.json of it there: name the directory that has mod.ts"
            )
        return [place]
    here = pathlib.Path(__file__).resolve()
    places = [here.parents[3]] if len(here.parents) > 3 else []
    places += _installed_from()
    for folder in [pathlib.Path.cwd(), *pathlib.Path.cwd().parents]:
        places += [folder, folder / "node_modules" / _NAME]
    return places


def _installed_from() -> list[pathlib.Path]:
    """The checkout whose folder `python` was given to pip."""
    try:
        text = importlib.metadata.distribution("sluice").read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        return []
    url = urllib.parse.urlparse(json.loads(text)["url"]) if text else None
    if url is None or url.scheme != "file":
        return []
    return [pathlib.Path(urllib.parse.unquote(url.path)).parent]


def _version_at(place: pathlib.Path) -> str | None:
    try:
        config = json.loads((place / "deno.json").read_text())
    except (OSError, ValueError):
        return None
    if not isinstance(config, dict) or config.get("name") != _NAME:
        return None
    return str(config.get("version"))


@functools.cache
def find_deno(checkout: pathlib.Path) -> str:
    """Path of a Deno, that of the version which Sluice was tested with where there are several.

    Raises:
        DenoNotFoundError: If there is none.
    """
    wanted = _wanted_version(checkout)
    others: dict[str, str] = {}
    for command in _candidates(checkout, wanted):
        found = _ask(command)
        if found is None:
            continue
        path, version = found
        if wanted is None or version == wanted:
            return path
        others.setdefault(version, path)
    for version, path in others.items():
        warnings.warn(
            f"Sluice was tested with Deno {wanted}, this is {version}: last bits of simulations may "
            f"differ. pip install deno=={wanted} brings it",
            RuntimeWarning,
            stacklevel=2,
        )
        return path
    raise DenoNotFoundError(
        "Cannot find Deno: expected it in the PyPI or npm package deno or on the PATH, found it "
        f"nowhere: pip install deno=={wanted or '2.9.6'}, or set {DENO_VARIABLE} to its path"
    )


def _wanted_version(checkout: pathlib.Path) -> str | None:
    """The version of Deno that `.ci/run` of the checkout names; None in an installed copy."""
    try:
        found = re.search(r"^DENO_VERSION=(\S+)$", (checkout / ".ci" / "run").read_text(), re.M)
    except OSError:
        return None
    return found.group(1) if found else None


def _candidates(checkout: pathlib.Path, wanted: str | None) -> list[list[str]]:
    named = os.environ.get(DENO_VARIABLE)
    if named:
        return [[named]]
    commands: list[list[str]] = []
    try:
        from deno import find_deno_bin  # type: ignore[import-not-found,unused-ignore]

        commands.append([str(find_deno_bin())])
    except (ImportError, OSError):
        pass
    commands.append([str(checkout / "node_modules" / ".bin" / "deno")])
    on_path = shutil.which("deno")
    if on_path:
        commands.append([on_path])
    commands.append([str(pathlib.Path.home() / ".deno" / "bin" / "deno")])
    if shutil.which("npx"):
        commands.append(["npx", "--yes", f"deno@{wanted}" if wanted else "deno"])
    return commands


def _ask(command: list[str]) -> tuple[str, str] | None:
    """Path and version of the Deno behind a command, which may be a script that starts it."""
    code = "console.log(JSON.stringify([Deno.execPath(), Deno.version.deno]))"
    try:
        done = subprocess.run(
            [*command, "eval", "--quiet", "--no-config", code],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            env=child_environment(),
        )
        path, version = json.loads(done.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None
    return str(path), str(version)


def deno_command(task: str, *flags: str, permissions: Sequence[str] = ()) -> list[str]:
    """The command line of a task of the checkout's `deno.json`, which is one program.

    Its file and its configuration are given by absolute paths, so that it may run anywhere.

    Args:
        task: Name of the task.
        flags: Arguments of the program.
        permissions: Flags of Deno in addition to those of the task.
    """
    checkout = find_checkout()
    config = checkout / "deno.json"
    tasks = json.loads(config.read_text())["tasks"]
    _, verb, *arguments = shlex.split(tasks[task]["command"])
    file = next(i for i, argument in enumerate(arguments) if argument.endswith(".ts"))
    arguments[file] = str(checkout / arguments[file])
    return [find_deno(checkout), verb, "--config", str(config), *permissions, *arguments, *flags]
