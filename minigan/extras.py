"""Packages that only some need: imported where they are used, with an error that names the extra to install."""

import importlib
from types import ModuleType

from .errors import BadInput

PACKAGES = {"sklearn": "scikit-learn"}  # that bring modules of another name


def need(package: str, extra: str, what: str) -> ModuleType:
    """The module `package`, for `what`.  Raises BadInput, saying how to install it, if it is missing."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise missing(package, extra, what) from error


def missing(package: str, extra: str, what: str) -> BadInput:
    """The error that says how to install a package."""
    package = PACKAGES.get(package, package)
    return BadInput(f"{what} needs the package {package}, which is not installed: pip install 'minigan[{extra}]'")
