"""Shared by all commands: one-line errors with exit code 2, argument types, a progress bar."""

import argparse
import math
import os
import shlex
import shutil
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np
from tqdm import tqdm

from ..arrays import backend
from ..arrays.allocator import keep_freed_memory
from ..arrays.backend import DeviceError
from ..arrays.cpu import compiled_kernels_installed, use_compiled_kernels, use_numpy
from ..data.dataset import Skipped
from ..errors import BadInput, Diverged, printable
from ..files import try_writing
from ..gan import PRETRAINED, Config, Run, load_builder, load_run, pretrained_names
from ..group import launched_rank, launched_size
from ..tensor import Tensor
from .streams import prepare_streams

T = TypeVar("T")
KERNELS = "auto", "compiled", "numpy"


class Parser(argparse.ArgumentParser):
    """An argument parser that reports errors in one line, with exit code 2."""

    def __init__(self, prog: str, description: str, **more: Any):
        super().__init__(prog, description=description, allow_abbrev=False, **more)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (--help shows the options)\n")

    def add_checkpoint(self) -> None:
        """Add `checkpoint` and --model."""
        known = ", ".join(PRETRAINED + name for name in pretrained_names())
        self.add_argument("checkpoint", help=f"the checkpoint.npz of a run, or its folder, or one of {known}")
        self.add_argument(
            "--model", metavar="FILE.py:FUNCTION",
            help="the function that built the networks, if they are your own: path/to/file.py:function",
        )  # fmt: skip

    def add_device(self) -> None:
        """Add --device."""
        self.add_argument("--device", default="cpu", help="device: cpu, cuda, or cuda:1, … (default: cpu)")

    def add_device_and_kernels(self, kernels: str = "auto") -> None:
        """Add --device and --kernels; commands of seconds prefer "numpy", because reading the kernels takes one."""
        self.add_device()
        self.add_argument(
            "--kernels", choices=KERNELS, default=os.environ.get("MINIGAN_KERNELS", kernels),
            help="on the cpu: compiled (by Numba), numpy, or auto: compiled if Numba is there (default: %(default)s)",
        )  # fmt: skip


def run_command(prog: str, main: Callable[[], int], together: bool = False) -> None:
    """Run a command's `main` and exit with its code; bad input is one line on stderr and code 2.

    Only commands that work `together` may be started by mpiexec; process 0 alone prints.
    """
    prepare_streams(silent=launched_rank() > 0)
    keep_freed_memory()
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # from here on, KeyboardInterrupt
    try:
        if launched_size() > 1 and not together:
            raise BadInput(f"this command is for one process, and {launched_size()} were started: leave out mpiexec")
        code = main()
    except (BadInput, DeviceError) as error:
        print(f"{prog}: error: {error}", file=sys.stderr)
        code = 2
    except KeyboardInterrupt:
        print(f"{prog}: interrupted", file=sys.stderr)
        code = 130
    except MemoryError:
        print(f"{prog}: error: not enough memory for networks or batches of this size", file=sys.stderr)
        code = 2
    except Diverged as error:
        print(f"{prog}: error: {error}; try a lower --lr", file=sys.stderr)
        code = 1
    except OSError as error:  # a full disk, say
        place = f"{error.filename}: " if error.filename else ""
        print(printable(f"{prog}: error: {place}{error.strerror or error}"), file=sys.stderr)
        code = 1
    sys.exit(code)


def open_device(args: argparse.Namespace) -> None:
    """Open the device of --device, and use --kernels there; compiling them, which is done once, shows a progress bar.

    Raises DeviceError if the device is not available, BadInput if Numba is asked for and not installed.
    """
    backend.open_device(args.device)
    if args.kernels not in KERNELS:
        raise BadInput(f"MINIGAN_KERNELS: expected one of {', '.join(KERNELS)}, got {args.kernels!r}")
    use_numpy()
    if args.kernels == "numpy" or args.device != "cpu" or (args.kernels == "auto" and not compiled_kernels_installed()):
        return
    try:
        use_compiled_kernels()
    except BadInput as error:
        if args.kernels == "compiled":
            raise
        print(f"{error}. NumPy's functions compute instead.", file=sys.stderr)
        return
    config = Config(width=1, latent=1)
    run, size = Run(config), config.image_size
    images, z = np.zeros((2, size, size, 1), np.float32), np.zeros((2, 1), np.float32)
    moves = run.game.moves(Tensor(images), Tensor(z))
    for _ in tqdm(moves, "compiling kernels (only once)", 6, leave=False, delay=1, disable=not sys.stderr.isatty()):
        pass  # in a training step, each kernel is compiled, or read from the disk


def load(args: argparse.Namespace, **options: Any) -> Run:
    """Load the run that the arguments of `add_checkpoint` specify, see `load_run`; the file of --model is executed."""
    if hasattr(args, "device"):
        open_device(args)
    networks = load_builder(args.model) if args.model else None
    return load_run(args.checkpoint, getattr(args, "device", "cpu"), networks=networks, **options)


def kernels_option(run: Run) -> list[str]:
    """The option --kernels for command lines that are shown to the user, if what computes now is not the default."""
    default = os.environ.get("MINIGAN_KERNELS", "auto")
    usual = compiled_kernels_installed() if default == "auto" else default == "compiled"
    now = bool(backend.open_device("cpu").kernels)
    return [] if run.device != "cpu" or now == usual else ["--kernels", "compiled" if now else "numpy"]


def model_option(run: Run) -> list[str]:
    """The option --model for command lines that are shown to the user, if the run's networks are their own."""
    return ["--model", run.builder.argument] if run.builder.argument else []


def whole(minimum: int, maximum: int = 2**31 - 1) -> Callable[[str], int]:
    """Argument type: a whole number from `minimum` to `maximum`."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if not minimum <= value <= maximum:
            limit = f"at most {maximum}" if value > maximum else f"at least {minimum}"
            raise argparse.ArgumentTypeError(f"expected a whole number of {limit}, got {text!r}")
        return value

    return parse


def number(what: str, fits: Callable[[float], bool]) -> Callable[[str], float]:
    """Argument type: a finite number that `fits`; `what` says which do."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and fits(value)):
            raise argparse.ArgumentTypeError(f"expected a number {what}, got {text!r}")
        return value

    return parse


positive = number("above 0", lambda x: x > 0)
not_negative = number("of 0 or above", lambda x: x >= 0)
fraction = number("from 0 to below 1", lambda x: 0 <= x < 1)
share = number("above 0, up to 1", lambda x: 0 < x <= 1)


class Progress:
    """A progress bar for training on a terminal; in a log file, a plain line every few seconds.

    `total` is the number of steps, `done` those already taken, `images` the number of images per step.  It shows the
    latest metrics, images/s and the remaining time, both measured over the last 300 steps.
    """

    def __init__(self, total: int, done: int, images: int, seconds_per_line: float = 10.0):
        self.total, self.done, self.images, self.interval = total, done, images, seconds_per_line
        self.recent: deque[tuple[float, int]] = deque([(time.monotonic(), done)], maxlen=300)
        self.last_line, self.last_done, self.metrics, self.epoch = 0.0, done, "", ""
        bar_format = "{percentage:3.0f}%|{bar:3}| {desc}"  # short, so that the metrics fit on 80 columns
        terminal = sys.stderr.isatty()
        self.bar = tqdm(total=total, initial=done, dynamic_ncols=True, bar_format=bar_format) if terminal else None

    def advance(self) -> None:
        """Count one step."""
        self.done += 1
        self.recent.append((time.monotonic(), self.done))
        if self.bar is not None:
            self.bar.update()

    def show(self, metrics: str, epoch: str) -> None:
        """Show metrics and epoch in the bar or, in a log file, as a line every few seconds."""
        self.metrics, self.epoch = metrics, epoch
        if self.bar is not None:
            self.bar.set_description_str(self.text(), refresh=False)
        elif time.monotonic() - self.last_line > self.interval:
            self.write_line()

    def text(self) -> str:
        """Metrics, remaining time, speed, epoch: the most important first, because a narrow terminal truncates it."""
        (start, first), (now, last) = self.recent[0], self.recent[-1]
        speed = (last - first) / max(now - start, 1e-9)
        left = tqdm.format_interval(int((self.total - self.done) / max(speed, 1e-9)))
        return f"{self.metrics}, {left} left, {speed * self.images:.0f} images/s, {self.epoch}"

    def write_line(self) -> None:
        """Write the progress as a plain line to stderr."""
        self.last_line, self.last_done = time.monotonic(), self.done
        share = 100 * self.done // max(self.total, 1)
        print(f"step {self.done}/{self.total} ({share}%), {self.text()}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Remove the bar or, in a log file, write the last line."""
        if self.bar is not None:
            self.bar.close()
        elif self.metrics and self.last_done != self.done:
            self.write_line()


def progress(items: Iterable[T], total: int, what: str) -> Iterable[T]:
    """The items, with a progress bar on stderr; in a log file, a line every few seconds."""
    interval, delay = (0.1, 0.5) if sys.stderr.isatty() else (10.0, 5.0)
    return tqdm(items, what, total, leave=False, mininterval=interval, delay=delay, dynamic_ncols=True, file=sys.stderr)


def print_skipped(skipped: Skipped, most: int = 10) -> None:
    """Print to stderr how many pictures were skipped, and the names and reasons of the first `most`."""
    if not skipped:
        return
    print(f"Skipped {len(skipped)} of {skipped.total} pictures, which cannot be read:", file=sys.stderr)
    for name, reason in list(skipped.items())[:most]:
        print(f"  {printable(name)}: {printable(reason)}", file=sys.stderr)
    if len(skipped) > most:
        print(f"  and {len(skipped) - most} more", file=sys.stderr)


def new_file(path: Path, suffix: str) -> Path:
    """The path.  Raises BadInput unless it ends in `suffix` and a new file can be written there."""
    if path.suffix.lower() != suffix:
        raise BadInput(f"--out: expected a file name ending in {suffix}, got {path}")
    try:
        if path.is_dir():
            raise BadInput(f"--out: {path} is a folder; expected a file name ending in {suffix}")
        if path.exists():
            raise BadInput(f"--out: {path} exists already; choose another name")
        path.lstat()  # a name that is too long raises here
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise BadInput(f"--out: {path}: no file can have this name ({error.strerror}); choose another") from error
    try:
        try_writing(path.parent)
    except OSError as error:
        raise BadInput(f"--out: cannot write in the folder {path.parent} ({error.strerror}); choose another") from error
    return path


def command(module: str, *arguments: object) -> str:
    """A command line to show to the user: runs a module of the package with the current Python."""
    python = Path(sys.executable)
    if shutil.which("python") == str(python):
        python = Path("python")
    elif python.is_relative_to(Path.cwd()):
        python = python.relative_to(Path.cwd())
    return shlex.join([str(python), "-m", module, *map(str, arguments)])


def readable_path(path: Path) -> str:
    """A path as the user would type it: relative if it is in the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
