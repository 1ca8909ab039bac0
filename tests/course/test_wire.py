"""Messages between the grader and a submission: what is sent arrives, and what is no message is found out."""

import json
import os
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigan.course.wire import DTYPES, LENGTHS, MAX_ARRAYS, Late, Malformed, Message, receive, send

arrays = st.sampled_from(list(DTYPES)).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0))
)


def through_a_pipe(data: bytes, deadline: float | None = None):
    """What `receive` makes of these bytes."""
    read, write = os.pipe()
    thread = threading.Thread(target=lambda: (os.write(write, data) if data else None, os.close(write)))
    thread.start()
    try:
        return receive(read, deadline)
    finally:
        thread.join()
        os.close(read)


@given(st.dictionaries(st.text(max_size=5), arrays, max_size=4), st.dictionaries(st.text(), st.integers(), max_size=3))
def test_what_is_sent_arrives(values, text):
    read, write = os.pipe()
    thread = threading.Thread(target=send, args=(write, Message(text, values)))
    thread.start()
    found = receive(read)
    thread.join()
    os.close(read)
    os.close(write)
    assert found.text == text
    assert {name: (x.dtype, x.shape, x.tobytes()) for name, x in found.arrays.items()} == {
        name: (x.dtype, x.shape, x.tobytes()) for name, x in values.items()
    }


def message(fields, body=b"", header_size=None, body_size=None) -> bytes:
    header = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    sizes = len(header) if header_size is None else header_size, len(body) if body_size is None else body_size
    return LENGTHS.pack(*sizes) + header + body


@pytest.mark.parametrize(
    "data",
    [
        b"abc",
        LENGTHS.pack(1 << 31, 0),
        LENGTHS.pack(2, MAX_ARRAYS + 1) + b"{}",
        message(b"{}"),
        message(b"[" * 60_000),
        message(b'{"text": {}, "arrays": []', header_size=30),
        message({"text": [], "arrays": []}),
        message({"text": {}, "arrays": [["y", "float64", [2]]]}, bytes(8)),
        message({"text": {}, "arrays": [["y", "float64", [1]]]}, bytes(16)),
        message({"text": {}, "arrays": [["y", "float64", [-1]]]}, bytes(8)),
        message({"text": {}, "arrays": [["y", "float64", [True]]]}, bytes(8)),
        message({"text": {}, "arrays": [["y", "float64", [1] * 9]]}, bytes(8)),
        message({"text": {}, "arrays": [["y", "float64", [1 << 62, 1 << 62]]]}, bytes(8)),
        message({"text": {}, "arrays": [["y", "object", [1]]]}, bytes(8)),
        message({"text": {}, "arrays": [[5, "float64", [1]]]}, bytes(8)),
        message({"text": {}, "arrays": [["y", "float64", 1]]}, bytes(8)),
        message({"text": {}, "arrays": [["y", "float64", [0]]] * 65}),
        message({"text": {}, "arrays": "none"}),
    ],
)
def test_what_is_no_message_is_malformed(data):
    with pytest.raises(Malformed):
        through_a_pipe(data)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_message_or_malformed(data):
    try:
        found = through_a_pipe(data)
    except Malformed:
        return
    assert found is None or isinstance(found, Message)


def test_who_is_slow_is_late():
    read, write = os.pipe()
    begin = time.monotonic()
    os.write(write, LENGTHS.pack(10, 0))
    with pytest.raises(Late):
        receive(read, begin + 0.2)
    assert 0.1 < time.monotonic() - begin < 2
    with pytest.raises(Late):  # nobody reads: the pipe is full
        send(write, Message({}, {"x": np.zeros(1 << 20)}), time.monotonic() + 0.2)


@pytest.mark.parametrize("x", [np.array(["a"]), np.array([None]), np.zeros(3, complex), np.zeros(MAX_ARRAYS // 8 + 1)])
def test_what_cannot_be_sent_is_refused(x):
    with pytest.raises(ValueError, match=r"expected one of|too large"):
        send(1, Message({}, {"x": x}))
