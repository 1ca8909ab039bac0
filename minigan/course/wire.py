"""Messages between the grader and the process that runs a submission: a JSON header, then the raw bytes of arrays.

    8 bytes: length of the header and of the arrays    header: {"text": {…}, "arrays": [[name, dtype, shape], …]}

Nothing is pickled.  The other side may be hostile: a message is measured before memory is taken for it, and `receive`
raises `Malformed` for anything else than numbers of the sizes that it declares.
"""

import json
import math
import os
import select
import struct
import time
from typing import Any, NamedTuple

import numpy as np

DTYPES = {"float32": "<f4", "float64": "<f8", "int64": "<i8", "bool": "|b1"}
MAX_HEADER, MAX_ARRAYS = 1 << 16, 1 << 26  # bytes: 64 KiB, 64 MiB
MAX_AXES, MAX_COUNT = 8, 64  # axes of an array, arrays in a message
LENGTHS = struct.Struct("<II")


class Malformed(ValueError):
    """The bytes received are no message."""


class Late(TimeoutError):
    """No whole message arrived in time."""


class Message(NamedTuple):
    """Text by name (what JSON can hold), and arrays by name."""

    text: dict[str, Any]
    arrays: dict[str, np.ndarray]


def send(descriptor: int, message: Message, deadline: float | None = None) -> None:
    """Write a message; ValueError if it is too large, OSError if nobody reads, `Late` after the deadline."""
    arrays, rows = [], []
    for name, x in message.arrays.items():
        x = np.asarray(x)
        if x.dtype.name not in DTYPES:
            raise ValueError(f"{name}: expected one of {', '.join(DTYPES)}, got {x.dtype}")
        arrays.append(np.ascontiguousarray(x, DTYPES[x.dtype.name]).tobytes())
        rows.append([name, x.dtype.name, list(x.shape)])
    header, body = json.dumps({"text": message.text, "arrays": rows}).encode(), b"".join(arrays)
    if len(header) > MAX_HEADER or len(body) > MAX_ARRAYS or len(rows) > MAX_COUNT:
        raise ValueError(f"a message of {len(header)} + {len(body)} bytes in {len(rows)} arrays is too large")
    rest = memoryview(LENGTHS.pack(len(header), len(body)) + header + body)
    while rest:
        _wait(descriptor, deadline, writing=True)
        rest = rest[os.write(descriptor, rest[: 1 << 16]) :]


def receive(descriptor: int, deadline: float | None = None) -> Message | None:
    """The next message, or None at the end of the stream; raises `Malformed`, or `Late` after the deadline."""
    start = _read(descriptor, LENGTHS.size, deadline)
    if not start:
        return None
    if len(start) < LENGTHS.size:
        raise Malformed("a message that is cut off")
    header_size, body_size = LENGTHS.unpack(start)
    if header_size > MAX_HEADER or body_size > MAX_ARRAYS:
        raise Malformed(f"a message of {header_size} + {body_size} bytes")
    header, body = _read(descriptor, header_size, deadline), _read(descriptor, body_size, deadline)
    if (len(header), len(body)) != (header_size, body_size):
        raise Malformed("a message that is cut off")
    return _parse(header, body)


def _parse(header: bytes, body: bytes) -> Message:
    try:
        fields = json.loads(header)
        text, rows = fields["text"], fields["arrays"]
        if not isinstance(text, dict) or not isinstance(rows, list) or len(rows) > MAX_COUNT:
            raise Malformed("a header without text and a list of arrays")
        arrays, at = {}, 0
        for name, dtype, shape in rows:
            shape = tuple(shape)
            if not isinstance(name, str) or len(shape) > MAX_AXES or not all(type(n) is int and n >= 0 for n in shape):
                raise Malformed("an array without a name or a shape")
            size = math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize
            if size > len(body) - at:
                raise Malformed("an array larger than the message")
            arrays[name] = np.frombuffer(body, DTYPES[dtype], math.prod(shape), at).reshape(shape)
            at += size
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise error if isinstance(error, Malformed) else Malformed(f"a damaged header ({error})") from error
    if at != len(body):
        raise Malformed("more bytes than arrays")
    return Message(text, arrays)


def _read(descriptor: int, size: int, deadline: float | None) -> bytes:
    """So many bytes; fewer only at the end of the stream."""
    data = bytearray()
    while len(data) < size:
        _wait(descriptor, deadline)
        piece = os.read(descriptor, min(size - len(data), 1 << 20))
        if not piece:
            break
        data += piece
    return bytes(data)


def _wait(descriptor: int, deadline: float | None, writing: bool = False) -> None:
    """Wait until something can be read, or written; `Late` after the deadline (of `time.monotonic`)."""
    if deadline is None:
        return
    rest = max(0.0, deadline - time.monotonic())
    ready = select.select([] if writing else [descriptor], [descriptor] if writing else [], [], rest)
    if not ready[writing]:
        raise Late
