"""Ctrl-C without an exception: it is noted, and the step in progress can be finished."""

import signal


class Interrupt:
    """Within this context Ctrl-C only sets `pressed`; a second one ends the program at once, as usual."""

    def __enter__(self) -> "Interrupt":
        self.pressed = False
        self.before = signal.signal(signal.SIGINT, self.press)
        return self

    def press(self, *_: object) -> None:
        self.pressed = True
        self.__exit__()

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self.before)
