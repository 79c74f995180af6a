"""Frames over two descriptors, see docs/python_protocol.md: a header of 8 bytes, then a payload."""

from __future__ import annotations

import json
import os
import select
import struct
from time import perf_counter
from typing import Any

from .errors import ChildDiedError, SluiceError, error_of

PROTOCOL = 1
HEADER = struct.Struct("<II")

HELLO = 1
WELCOME = 2
ERROR = 3
RESET = 16
STEP = 17
RENDER = 18
ACT = 19
STATE = 20

#: Seconds for which an answer is waited for awake.
AWAKE = 150e-6

#: Bytes of the buffer in which the first frames are read, and the most that the first may have.
FIRST_BYTES = 1 << 16
MOST_FIRST_BYTES = 1 << 26


class FrameStream:
    """Two descriptors, one to read and one to write, and the frame that was read last.

    All calls block. The payload of an answer lies in `buffer`, from byte 8 on, until the next.
    """

    def __init__(self, read_fd: int, write_fd: int, *, is_awake: bool = False) -> None:
        """Reads and writes.

        Args:
            read_fd: Descriptor of answers; it does not block where `is_awake`.
            write_fd: Descriptor of requests.
            is_awake: Whether an answer that comes within a moment is waited for awake.
        """
        self.read_fd = read_fd
        self._may_wait_awake = is_awake
        self._awake = AWAKE if is_awake else 0.0
        self._poll = select.poll()
        self._poll.register(read_fd, select.POLLIN)
        self.write_fd = write_fd
        self.largest = MOST_FIRST_BYTES
        self._make_buffer(FIRST_BYTES)

    def _make_buffer(self, size: int) -> None:
        self.buffer = bytearray(HEADER.size + size)
        self._view = memoryview(self.buffer)
        self._vectors = [self._view]

    def expect(self, largest: int) -> None:
        """Makes room for payloads of a size, and refuses larger ones from now on."""
        self.largest = largest
        self._make_buffer(largest)

    def send(self, kind: int, payload: bytes | bytearray | memoryview) -> None:
        """Writes a frame."""
        self.send_frame(HEADER.pack(len(payload), kind) + payload)

    def send_frame(self, frame: bytes | bytearray | memoryview) -> None:
        """Writes bytes that have a header already."""
        try:
            written = os.write(self.write_fd, frame)
            while written < len(frame):
                written += os.write(self.write_fd, memoryview(frame)[written:])
        except BrokenPipeError:
            raise ChildDiedError from None

    def receive(self, kind: int) -> int:
        """Reads the answer to a frame of a type and returns the bytes of its payload.

        Raises what the other side says went wrong.
        """
        found = self._read(self._vectors)
        while found < HEADER.size:
            found += self._read_more(found)
        length, answered = HEADER.unpack_from(self.buffer)
        end: int = HEADER.size + length
        if answered != kind or end > len(self.buffer):
            return self._receive_other(kind, answered, length, found)
        while found < end:
            found += self._read_more(found)
        return int(length)

    def _read_more(self, found: int) -> int:
        """Reads behind what was read; `found` is 0 where the first reading met the end."""
        read = self._read([self._view[found:]]) if found else 0
        if read == 0:
            raise ChildDiedError
        return read

    def _read(self, buffers: list[memoryview]) -> int:
        """Reads what there is, at least a byte; 0 at the end.

        To be woken up takes as long as a step of a world, so an answer is waited for awake, as long
        as answers come within that time.
        """
        if not self._may_wait_awake:
            return os.readv(self.read_fd, buffers)
        start = perf_counter()
        end = start + self._awake
        while True:
            try:
                read = os.readv(self.read_fd, buffers)
                break
            except BlockingIOError:
                if perf_counter() >= end:
                    self._poll.poll()
        self._awake = AWAKE if perf_counter() - start < AWAKE else 0.0
        return read

    def _receive_other(self, kind: int, answered: int, length: int, found: int) -> int:
        """Reads an error, or a first answer that is larger than the buffer as yet."""
        if length > max(self.largest, FIRST_BYTES) or answered not in (kind, ERROR):
            raise SluiceError(
                f"Cannot read an answer: expected a frame of type {kind}, found type {answered} of "
                f"{length} bytes: is something else writing to the descriptors of the process?"
            )
        payload = bytearray(self._view[HEADER.size : found])
        while len(payload) < length:
            rest = bytearray(length - len(payload))
            more = self._read([memoryview(rest)])
            if not more:
                raise ChildDiedError
            payload += rest[:more]
        if answered == ERROR:
            error = json.loads(payload)
            raise error_of(error["name"], error["message"])
        self._make_buffer(length)
        self._view[HEADER.size :] = payload
        return length

    def payload(self, length: int) -> memoryview:
        """The payload that was read last."""
        return self._view[HEADER.size : HEADER.size + length]

    def exchange_json(self, kind: int, value: Any, answer: int) -> Any:
        """Sends JSON and returns the JSON of the answer."""
        self.send(kind, json.dumps(value).encode())
        return json.loads(bytes(self.payload(self.receive(answer))))
