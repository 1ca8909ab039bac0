"""Penalties on the slope of D, by name: added to D's loss, so that it changes little from image to image.

They are functions of ∂d/∂x, the gradient of D's output by its input.  D's gradient step differentiates that once more:
second derivatives, by the same engine.  To add a penalty, write a subclass of `Penalty` and add it to PENALTIES.
"""

from collections.abc import Callable

import numpy as np

from ..arrays.backend import to_device
from ..tensor import Tensor, grad

Judge = Callable[
    ..., Tensor
]  # D, or D with what it is shown: images (N, H, W, C), and y if there are classes → outputs


class Penalty:
    """`weight` is the factor of the penalty; each subclass has a `usual` one, from its paper, which 0 stands for.

    It is due in every step, or `every` so many steps.

    A penalty assumes that D judges each image by itself.  With batch norm in D an output depends on the other images
    of the batch too: it is computed, but is not what the papers analyse.
    """

    usual = 1.0

    def __init__(self, weight: float = 0.0, every: int = 1):
        self.weight, self.every = weight or self.usual, every

    def __call__(
        self, judge: Judge, real: Tensor, fake: Tensor, labels: tuple[Tensor, ...], rng: np.random.Generator
    ) -> Tensor:
        """The penalty, of shape (), for real and generated images (N, H, W, C); `labels` is D's second argument."""
        raise NotImplementedError


class R1(Penalty):
    """γ/2 · mean ‖∂d(x)/∂x‖² on real images (Mescheder et al. 2018, arXiv:1801.04406, eq. 9; γ = 1 by default)."""

    def __call__(
        self, judge: Judge, real: Tensor, fake: Tensor, labels: tuple[Tensor, ...], rng: np.random.Generator
    ) -> Tensor:
        return 0.5 * self.weight * squared_slopes(judge, real, labels).mean()


class R2(Penalty):
    """γ/2 · mean ‖∂d(x)/∂x‖² on generated images (Mescheder et al. 2018, eq. 10; γ = 1 by default)."""

    def __call__(
        self, judge: Judge, real: Tensor, fake: Tensor, labels: tuple[Tensor, ...], rng: np.random.Generator
    ) -> Tensor:
        return 0.5 * self.weight * squared_slopes(judge, fake, labels).mean()


class R1AndR2(Penalty):
    """R1 and R2 with the same γ, which the relativistic loss needs (Huang et al. 2024, arXiv:2501.05441)."""

    def __call__(
        self, judge: Judge, real: Tensor, fake: Tensor, labels: tuple[Tensor, ...], rng: np.random.Generator
    ) -> Tensor:
        both = [squared_slopes(judge, images, labels).mean() for images in (real, fake)]
        return 0.5 * self.weight * (both[0] + both[1])


class UnitSlope(Penalty):
    """λ · mean (‖∂d(x̂)/∂x̂‖ − 1)² between real and generated images: x̂ = ε x + (1 − ε) G(z), ε from 0 to 1.

    The gradient penalty of WGAN-GP (Gulrajani et al. 2017, arXiv:1704.00028, eq. 3 and algorithm 1; λ = 10).
    """

    usual = 10.0

    def __call__(
        self, judge: Judge, real: Tensor, fake: Tensor, labels: tuple[Tensor, ...], rng: np.random.Generator
    ) -> Tensor:
        share = rng.uniform(size=(real.shape[0], *(1 for _ in real.shape[1:]))).astype(real.dtype)
        share = to_device(share, real.device)
        between = Tensor(share * real.data + (1.0 - share) * fake.data)
        slopes = (squared_slopes(judge, between, labels) + 1e-12) ** 0.5  # √ has no derivative at 0
        return self.weight * ((slopes - 1.0) ** 2).mean()


def squared_slopes(judge: Judge, images: Tensor, labels: tuple[Tensor, ...]) -> Tensor:
    """‖∂d/∂x‖² for each output d of D, with a history, so that it can be differentiated.

    x is the image that d is about, or all images of a pack, see `Pack`.
    """
    x = Tensor(images.data, requires_grad=True)
    outputs = judge(x, *labels)
    (slope,) = grad(outputs.sum(), [x], create_graph=True)
    return (slope * slope).reshape(len(outputs), -1).sum(axis=1)


PENALTIES: dict[str, type[Penalty]] = {"r1": R1, "r2": R2, "r1+r2": R1AndR2, "gradient": UnitSlope}


def make_penalty(name: str, weight: float, every: int) -> Penalty | None:
    """The penalty of this name, one of PENALTIES, with its usual weight if that is 0; None if the name is empty."""
    return PENALTIES[name](weight, every) if name else None
