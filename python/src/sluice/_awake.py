"""Whether two processes may wait for each other awake, and by what."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path

#: The C library that this process runs on, as Linux lists its files.
_LIBRARY = re.compile(r"/\S*/(?:libc\.so\.6|libc-[\d.]+\.so|(?:libc|ld)[.-]musl-\S+\.so\.1)$", re.M)


@functools.cache
def system_library() -> str | None:
    """Path of the C library by whose calls a child can wait awake; None where it should not.

    To wait awake for a moment needs a processor for each side, and Linux.
    """
    try:
        if len(os.sched_getaffinity(0)) < 2:
            return None
        found = _LIBRARY.search(Path("/proc/self/maps").read_text())
    except (AttributeError, OSError):
        return None
    return None if found is None else found.group()
