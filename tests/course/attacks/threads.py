"""As many threads as there can be."""

import threading
import time


def conv2d(*_):
    while True:
        try:
            threading.Thread(target=time.sleep, args=(1000,)).start()
        except (RuntimeError, MemoryError):
            pass
