"""A child process with which this one exchanges frames over two pipes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import subprocess
import tempfile
import weakref
from collections.abc import Callable
from typing import IO

from ._deno import child_environment
from ._frames import FrameStream
from .errors import ChildDiedError

#: Seconds that a child has to end by itself once nobody speaks with it.
_GRACE = 2.0
#: Bytes that its answers may wait with: with 64 kB a picture would take many turns.
_PIPE_BYTES = 1 << 20
#: Bytes of its log that an exception shows.
_SHOWN = 2000


class Child:
    """A program of ours that reads frames from one pipe and writes to another.

    Its standard output and error go to a log, so that it may print. It ends when this process is
    gone, however that ends, because the pipe that it reads from then has an end.
    """

    def __init__(
        self,
        command: Callable[[str], list[str]],
        *,
        log: str | os.PathLike[str] | None = None,
        is_awake: bool = False,
    ) -> None:
        """Starts it.

        Args:
            command: Makes the command line of the two descriptors, `IN,OUT`.
            log: File that its output is added to; a temporary one that nobody sees where None.
            is_awake: Whether both sides wait for each other awake for a moment.
        """
        self._log: IO[bytes] = (
            tempfile.TemporaryFile() if log is None else pathlib.Path(log).open("a+b")
        )
        request_read, request_write = os.pipe()
        answer_read, answer_write = os.pipe()
        _widen(answer_write)
        for descriptor in (request_read, answer_read) if is_awake else ():
            os.set_blocking(descriptor, False)
        try:
            self._process = subprocess.Popen(
                command(f"{request_read},{answer_write}"),
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=(request_read, answer_write),
                env=child_environment(),
                # An interrupt of the terminal or of a notebook is for this process alone.
                start_new_session=True,
            )
        except BaseException:
            for descriptor in (request_write, answer_read):
                os.close(descriptor)
            self._log.close()
            raise
        finally:
            os.close(request_read)
            os.close(answer_write)
        self.stream = FrameStream(answer_read, request_write, is_awake=is_awake)
        self._owner = os.getpid()
        ends = (request_write, answer_read)
        self._end = weakref.finalize(self, _end, self._process, ends, self._log)
        _children.add(self)

    @property
    def pid(self) -> int:
        """Identifier of the process."""
        return self._process.pid

    @property
    def closed(self) -> bool:
        """Whether nobody speaks with it any more."""
        return not self._end.alive

    def close(self) -> None:
        """Ends it. Does nothing the second time."""
        self.stream.read_fd = self.stream.write_fd = -1  # their numbers may be those of others soon
        self._end()

    def died(self) -> ChildDiedError:
        """The exception for an answer that does not come, with what it said last."""
        if os.getpid() != self._owner:
            return ChildDiedError(
                "Cannot step: expected the process that made the environment, found a fork of it: "
                "make the environment where it is used"
            )
        if self.closed:
            return ChildDiedError("Cannot step: the environment is closed: make another")
        status = _wait(self._process)
        said = self._said()
        self.close()
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return ChildDiedError(
            f"Cannot go on: the process that simulates ended with {how}"
            + (f". Its last words:\n{said}" if said else "")
            + "\nMake the environment again"
        )

    def _said(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - _SHOWN))
        return self._log.read().decode(errors="replace").strip()

    def _forget(self) -> None:
        """In a fork: lets go of the pipes, whose ends tell the child that its parent is gone."""
        if self._end.detach() is not None:
            os.close(self.stream.read_fd)
            os.close(self.stream.write_fd)
            self.stream.read_fd = self.stream.write_fd = -1


def _widen(pipe: int) -> None:
    """Lets a pipe hold pictures of some worlds, where the system knows how."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


_children: weakref.WeakSet[Child] = weakref.WeakSet()


def _forget_all() -> None:
    for child in list(_children):
        child._forget()


os.register_at_fork(after_in_child=_forget_all)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Status of a process that closes its pipes; it is killed where it does not end then."""
    try:
        return process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _end(process: subprocess.Popen[bytes], ends: tuple[int, ...], log: IO[bytes]) -> None:
    for descriptor in ends:
        os.close(descriptor)
    _wait(process)
    log.close()
