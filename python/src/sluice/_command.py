"""Commands of the checkout: started, followed, interrupted, and what they have printed."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ._deno import deno_command, find_checkout
from .errors import InvalidInputError, SluiceError
from .results import Run, RunError

#: Status of a command that was interrupted.
INTERRUPTED = 130

#: Ends a command in good order once this process is gone, which closes the pipe it reads from.
_GUARD = 'read -r _ || kill -INT "$1"'

Event = Mapping[str, Any]


def data_root(root: str | os.PathLike[str] | None) -> Path:
    """Absolute path of the data directory."""
    return Path(os.path.abspath(root or os.environ.get("SLUICE_HOME") or find_checkout() / "data"))


@dataclass(frozen=True)
class Done:
    """How a command has ended."""

    status: int
    #: JSON of its standard output, None where there is none.
    printed: Any
    #: What it said besides events.
    said: str

    def raise_for_status(self, run: Run | None) -> None:
        """Raises what a status other than 0 stands for."""
        if self.status in (INTERRUPTED, -signal.SIGINT):
            raise KeyboardInterrupt(self.said)
        if self.status == 0:
            return
        error = None if run is None else run.error
        message = self.said.removeprefix("error: ") if error is None else str(error["message"])
        if self.status == 2:
            raise InvalidInputError(message)
        if self.status < 0:
            message = f"Cannot go on: the command ended with signal {-self.status}. {message}"
        raise RunError(message, run)

    def nonsense(self) -> SluiceError:
        return SluiceError(
            f"Cannot read what the command printed: expected JSON, found none. It said:\n{self.said}"
        )


def run_command(
    words: Sequence[str], *, root: Path, on_event: Callable[[Event], None] | None = None
) -> Done:
    """Runs a task of the checkout to its end; interrupts are passed on to it.

    Args:
        words: The task, its arguments and flags.
        root: Data directory.
        on_event: Takes the events that it writes to standard error as JSON, in this thread.

    Raises:
        KeyboardInterrupt: If it does not end after the third interrupt.
    """
    task, *arguments = words
    process = subprocess.Popen(
        deno_command(task, *arguments),
        cwd=find_checkout(),  # to which its permissions are relative
        env={**os.environ, "INIT_CWD": os.getcwd(), "SLUICE_HOME": str(root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,  # an interrupt of the terminal reaches it once: by this process
    )
    assert process.stdout is not None and process.stderr is not None
    printed: list[str] = []
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threads = [
        threading.Thread(target=lambda: printed.append(process.stdout.read()), daemon=True),
        threading.Thread(target=_read_lines, args=(process.stderr, lines), daemon=True),
    ]
    with _guarded(process.pid):
        for thread in threads:
            thread.start()
        said = _follow(process, lines, on_event)
        for thread in threads:
            thread.join()
        status = process.wait()
    return Done(status, _json_of("".join(printed)), "\n".join(said))


def _read_lines(stream: IO[str], lines: queue.SimpleQueue[str | None]) -> None:
    for line in stream:
        lines.put(line.rstrip("\n"))
    lines.put(None)


def _follow(
    process: subprocess.Popen[str],
    lines: queue.SimpleQueue[str | None],
    on_event: Callable[[Event], None] | None,
) -> list[str]:
    """Hands events on until there are no more. Returns the lines that are none."""
    said: list[str] = []
    interrupts = 0
    failure: Exception | None = None
    while True:
        try:
            line = lines.get()
            if line is None:
                break
            event = _json_of(line) if line.startswith("{") else None
            if not isinstance(event, dict) or "event" not in event:
                said.append(line)
            elif on_event is not None and failure is None:
                on_event(event)
        except KeyboardInterrupt:
            interrupts += 1
            if interrupts > 2:
                process.kill()
                process.wait()
                raise
            process.send_signal(signal.SIGINT)
        except Exception as error:  # of whoever shows events: the run stops in good order
            failure = error
            process.send_signal(signal.SIGINT)
    if failure is not None:
        raise failure
    return said


def _json_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


@contextlib.contextmanager
def _guarded(pid: int) -> Iterator[None]:
    """Lets a process be interrupted if this one is gone before it, however it ends."""
    reader, writer = os.pipe()
    try:
        guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "sluice-guard", str(pid)],
            stdin=reader,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except BaseException:
        os.close(writer)
        raise
    finally:
        os.close(reader)
    try:
        yield
    finally:
        with contextlib.suppress(BrokenPipeError):
            os.write(writer, b"\n")
        os.close(writer)
        guard.wait()
