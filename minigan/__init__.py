"""minigan: a deep-learning framework small enough to read in an afternoon, and the DCGAN built from it."""

from . import startup  # noqa: F401  (first: from here on Ctrl-C is quiet, and NumPy is not imported yet)

# isort: split
from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import nn, ops, optim
from .arrays.backend import namespace
from .gradcheck import GradientError, check_gradients
from .graph import no_grad
from .tensor import Binary, Fused, Op, Tensor, grad

if TYPE_CHECKING:
    from . import arrays, bench, commands, course, data, evaluate, explore, gan, gradcheck, show, stepper  # noqa: F401

__version__ = "0.1.0"
__all__ = [
    "Binary", "Fused", "GradientError", "Op", "Tensor", "check_gradients", "grad", "namespace", "nn", "no_grad", "ops",
    "optim",
]  # fmt: skip
# Loaded when they are first asked for: `import minigan` needs NumPy alone.
SUBPACKAGES = (
    "arrays",
    "bench",
    "commands",
    "course",
    "data",
    "evaluate",
    "explore",
    "gan",
    "gradcheck",
    "show",
    "stepper",
)


def __getattr__(name: str) -> Any:
    if name in SUBPACKAGES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *SUBPACKAGES})
