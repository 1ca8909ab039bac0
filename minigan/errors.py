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
    """A device was asked for that this machine does not have."""


class Diverged(ArithmeticError):
    """A number of a training run is not finite."""


# -- optional packages ------------------------------------------------------------------------------------------------

PACKAGES = {"sklearn": "scikit-learn"}  # packages whose module has another name


def import_optional(package: str, extra: str, what: str) -> ModuleType:
    """The module `package`, for `what`.  Raises BadInput, saying how to install it, if it is missing."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise not_installed(package, extra, what) from error


def not_installed(package: str, extra: str, what: str) -> BadInput:
    """The error that says how to install a package."""
    package = PACKAGES.get(package, package)
    return BadInput(f"{what} needs the package {package}, which is not installed: pip install 'minigan[{extra}]'")


# -- progress ---------------------------------------------------------------------------------------------------------

# Library code prints nothing.  A long loop passes its items through such a function, given by the caller:
# (items, how many, what is being done) → the same items; `minigan.commands.cli.progress` draws a bar on the way.
Progress = Callable[[Iterable, int, str], Iterable]


def quiet(items: Iterable, total: int, what: str) -> Iterable:
    """The `Progress` that shows nothing."""
    return items
