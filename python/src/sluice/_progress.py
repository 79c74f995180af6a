"""Progress of a run, below the cell of a notebook or on standard error."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

Event = Mapping[str, Any]

#: Seconds between two counts of a stage on standard error.
LINE_EVERY = 10.0

_MARKS = {"running": "▸", "paused": "‖", "completed": "✔", "cached": "✔", "failed": "✘", "cancelled": "✘"}


def display() -> Callable[[Event], None]:
    """What shows events where this process runs."""
    return Area() if _in_notebook() else Lines(sys.stderr)


def _in_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


def text_of(event: Event) -> str:
    """One stage: its state, how much is done, and how fast."""
    parts = [f"{_MARKS.get(event['state'], '·')} {event['stage']}", str(event["state"])]
    if event.get("total"):
        parts.append(f"{event['done']:,.0f} of {event['total']:,.0f} {event.get('unit', '')}".strip())
    if event.get("rate"):
        parts.append(f"{event['rate']:,.3g}/s")
    known = {"time", "run", "event", "stage", "state", "done", "total", "unit", "rate"}
    parts += [f"{name} {value}" for name, value in event.items() if name not in known]
    return "  ".join(parts)


class Lines:
    """A line for each change of a state, and now and then for a count."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown: dict[str, tuple[str, float]] = {}

    def __call__(self, event: Event) -> None:
        if event["event"] == "note":
            print(event["text"], file=self._stream, flush=True)
        elif event["event"] == "stage":
            state, at = self._shown.get(event["stage"], ("", 0.0))
            now = time.monotonic()
            if event["state"] == state and now - at < LINE_EVERY:
                return
            self._shown[event["stage"]] = (event["state"], now)
            print(text_of(event), file=self._stream, flush=True)


class Area:
    """Lines of stages below a cell, that are drawn anew with each event."""

    def __init__(self) -> None:
        from IPython.display import HTML
        from IPython.display import display as show

        self._html = HTML
        self._stages: dict[str, str] = {}
        self._notes: list[str] = []
        self._handle = show(HTML(""), display_id=True)

    def __call__(self, event: Event) -> None:
        if event["event"] == "note":
            self._notes.append(event["text"])
        elif event["event"] == "stage":
            self._stages[event["stage"]] = text_of(event)
        text = "\n".join([*self._notes, *self._stages.values()])
        self._handle.update(self._html(f"<pre>{html.escape(text)}</pre>"))
