"""The package's exceptions, optional packages, and how library code reports progress."""

import importlib
from collections.abc import Callable, Iterable
from types import ModuleType


def printable(text: object) -> str:
    """The text in one line, without what would control a terminal: names in files may hold anything."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


class BadInput(ValueError):
    """Bad input: a command prints this in one line and exits with code 2."""

    def __str__(self) -> str:
        return printable(super().__str__())


class DeviceError(ValueError):
    """The requested device is unknown or not available on this machine."""


class Diverged(ArithmeticError):
    """Training diverged: a loss, weight or optimiser state is nan or infinite."""


# -- optional dependencies --------------------------------------------------------------------------------------------

PACKAGES = {"sklearn": "scikit-learn"}  # module name → package name, where they differ


def import_optional(package: str, extra: str, what: str) -> ModuleType:
    """Import and return an optional module, such as "lmdb".

    `extra` is the extra of minigan that installs it, `what` is the feature that needs it; both appear in the message.
    Raises BadInput with the install command if the module is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise not_installed(package, extra, what) from error


def not_installed(package: str, extra: str, what: str) -> BadInput:
    """The error for a missing package, with the command that installs it."""
    package = PACKAGES.get(package, package)
    return BadInput(f"{what} needs the package {package}, which is not installed: pip install 'minigan[{extra}]'")


# -- progress ---------------------------------------------------------------------------------------------------------

# Library code prints nothing.  A long loop passes its items through a function that the caller provides:
# (items, number of items, description) → the same items.  `minigan.commands.cli.progress` shows a progress bar.
Progress = Callable[[Iterable, int, str], Iterable]


def quiet(items: Iterable, total: int, what: str) -> Iterable:
    """A `Progress` that shows nothing: the default."""
    return items
