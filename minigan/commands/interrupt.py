"""Signals that ask a program to end: they are noted, and the training step in progress is finished and saved."""

import signal
import threading
from typing import Any

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Interrupt:
    """Within this context Ctrl-C, SIGTERM and SIGHUP only set `received`, to the signal's number.

    A second one ends the program at once, as usual.  A signal that is ignored, as SIGHUP is under nohup, stays so; and
    in a thread other than the main one, where Python allows no handlers, nothing is changed.
    """

    def __enter__(self) -> "Interrupt":
        self.received = 0
        self.before: dict[signal.Signals, Any] = {}
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self.before[number] = signal.signal(number, self.receive)
        return self

    def receive(self, number: int, _: object) -> None:
        self.received = number
        self.__exit__()

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
