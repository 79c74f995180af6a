"""What goes wrong, by class. Messages say what was to be done, what was expected, found, and helps."""

from __future__ import annotations


class SluiceError(Exception):
    """Base of every exception of this package."""


class InvalidInputError(SluiceError, ValueError):
    """What was given is wrong; nothing has changed. Correct it and call again."""


class DenoNotFoundError(SluiceError, RuntimeError):
    """There is no Deno, or no checkout of Sluice, to run."""


class VersionMismatchError(SluiceError, RuntimeError):
    """The package and the checkout, or its Deno, are of different versions."""


class ChildDiedError(SluiceError, RuntimeError):
    """The process that simulates is gone. Make the environment again."""


#: Classes by the names that errors have on the other side.
_BY_NAME: dict[str, type[SluiceError]] = {
    "InvalidInputError": InvalidInputError,
    "RangeError": InvalidInputError,
}


def error_of(name: str, message: str) -> SluiceError:
    """The exception for an error of the other side."""
    found = _BY_NAME.get(name)
    return SluiceError(f"{name}: {message}") if found is None else found(message)
