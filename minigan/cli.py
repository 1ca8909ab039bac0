"""What all commands share: one-line errors with exit code 2, argument types, a progress bar."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from .backend import DeviceError, open_device
from .errors import BadInput


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def __init__(self, prog: str, description: str):
        super().__init__(prog, description=description, allow_abbrev=False)

    def error(self, message):
        self.exit(2, f"{self.prog}: error: {message} (--help shows the options)\n")

    def add_device(self) -> None:
        self.add_argument("--device", default="cpu", help="where the arrays live: cpu or cuda (default: cpu)")


def run_command(prog: str, main: Callable[[], int]) -> None:
    """Run a command's `main` and exit with its code; bad input is one line on stderr and code 2."""
    try:
        code = main()
    except (BadInput, DeviceError) as error:
        print(f"{prog}: error: {error}", file=sys.stderr)
        code = 2
    except OSError as error:  # a full disk, say
        print(f"{prog}: error: {error}", file=sys.stderr)
        code = 1
    sys.exit(code)


def device(name: str) -> str:
    """Argument type: a device that this machine has."""
    open_device(name)
    return name


def whole(minimum: int) -> Callable[[str], int]:
    """Argument type: a whole number of at least `minimum`."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if value < minimum:
            raise argparse.ArgumentTypeError(f"expected a whole number of at least {minimum}, got {text!r}")
        return value

    return parse


def positive(text: str) -> float:
    """Argument type: a finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def fraction(text: str) -> float:
    """Argument type: a number from 0 to below 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to below 1, got {text!r}")
    return value


class Progress:
    """A progress bar on a terminal; elsewhere, in a log, a plain line every few seconds.

    It counts steps of `images` images each and shows images/s, the time left, and the latest metrics.
    """

    def __init__(self, total: int, done: int, images: int, seconds_per_line: float = 10.0):
        self.total, self.done, self.images, self.pause = total, done, images, seconds_per_line
        self.first, self.start = done, time.monotonic()
        self.last_line, self.note = self.start, ""
        self.bar = tqdm(total=total, initial=done, unit="step", dynamic_ncols=True) if sys.stderr.isatty() else None

    def advance(self) -> None:
        """One more step is done."""
        self.done += 1
        if self.bar is not None:
            self.bar.update()
        elif time.monotonic() - self.last_line > self.pause:
            self.line()

    def show(self, note: str) -> None:
        """Set the metrics shown beside the bar."""
        self.note = note
        if self.bar is not None:
            self.bar.set_postfix_str(f"{self.speed():.0f} images/s, {note}", refresh=False)

    def speed(self) -> float:
        """Images per second since the start."""
        return (self.done - self.first) * self.images / max(time.monotonic() - self.start, 1e-9)

    def line(self) -> None:
        """Write the state as one plain line."""
        self.last_line = time.monotonic()
        left = (self.total - self.done) * self.images / max(self.speed(), 1e-9)
        eta = tqdm.format_interval(int(left))
        share = 100 * self.done // max(self.total, 1)
        text = f"step {self.done}/{self.total} ({share}%), {self.speed():.0f} images/s, {eta} left, {self.note}"
        print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
        else:
            self.line()


def readable_path(path: Path) -> str:
    """A path as the user would type it: relative to the current folder if it lies inside."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
