"""A4: the DCGAN's activations, its losses and what it reads as probabilities are the student's.

The engine computes an activation in one step with the layer before it; with FUSED empty, it is a layer by itself.
"""

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...gan import losses
from ...nn import layers
from ...tensor import Tensor
from . import Change


def changes(student: Any) -> Sequence[Change]:
    def leaky_relu(x: Tensor, slope: float = 0.2) -> Tensor:
        return student.leaky_relu(x, slope)

    def on_real(loss: losses.Loss, outputs: Tensor) -> Tensor:
        return student.bce_with_logits(outputs, 1.0 - loss.smoothing)

    def on_fake(loss: losses.Loss, outputs: Tensor) -> Tensor:
        return student.bce_with_logits(outputs, 0.0)

    def for_generator(loss: losses.Loss, outputs: Tensor) -> Tensor:
        return student.softplus(-outputs).mean()

    return [
        Change(layers, "FUSED", ()),
        Change(ops, "leaky_relu", leaky_relu, "activations"),
        Change(losses.NonSaturating, "on_real", on_real, "losses"),
        Change(losses.NonSaturating, "on_fake", on_fake, "losses"),
        Change(losses.NonSaturating, "for_generator", for_generator, "losses"),
        Change(losses, "sigmoid", student.sigmoid),  # of the curves alone, outside the graph
    ]
