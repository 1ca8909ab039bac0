"""Sleeps when it is taken apart."""

import atexit
import time


class Sleeper:
    def __del__(self):
        time.sleep(1000)


kept = Sleeper()
atexit.register(time.sleep, 1000)


def conv2d(*_):
    raise ValueError(Sleeper())
