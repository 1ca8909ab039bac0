"""A7. Batch normalisation

Write `batch_norm` with its gradient by hand, and the layer `BatchNorm`, which keeps running statistics for evaluation.
DCGAN has one after almost every convolution, and without them it does not train.

Check your work as often as you like:        python -m minigan.course check a07
A hint for the part "dx":                    python -m minigan.course check a07 --hint dx
Train the DCGAN with your batch norm:        python -m minigan.course train a07
"""

import numpy as np

from minigan import Op, Tensor, nn


class BatchNormalisation(Op):
    """y = γ x̂ + β  with  x̂ = (x − μ)/√(σ² + ε)

    x is (N, C) or (N, H, W, C). The mean μ and the variance σ² = mean (x − μ)² are taken for each channel, which is the
    last axis, over all other axes. γ is `scale` and β is `shift`, one number for each channel, shape (C,).
    """

    def __init__(self, epsilon: float):
        self.epsilon = epsilon

    def forward(self, x: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """y, from NumPy arrays; float32 stays float32, and for values around 1000 the digits must not get lost.
        Change none of the inputs."""
        raise NotImplementedError("A7: write BatchNormalisation.forward in a07.py")

    def backward(self, grad: Tensor):
        """(∂L/∂x, ∂L/∂γ, ∂L/∂β), three Tensors, from grad = ∂L/∂y.

        `self.inputs` holds the Tensors x, scale and shift; the NumPy array of a Tensor t is t.data, and Tensor(a) makes
        one. x acts on y in three ways: directly, by way of μ, and by way of σ².
        """
        raise NotImplementedError("A7: write BatchNormalisation.backward in a07.py")


def batch_norm(x: Tensor, scale: Tensor, shift: Tensor, epsilon: float = 1e-5) -> Tensor:
    """The batch norm of x: a new node in the graph of Tensors."""
    return BatchNormalisation(float(epsilon))(x, scale, shift)


class BatchNorm(nn.Module):
    """Batch norm as a layer.

    `self.training` says which mode it is in (Module has it, and train() and eval() set it).
    In training: `batch_norm` by the statistics of the batch. Each batch also moves the running statistics,
        r ← (1 − momentum) r + momentum · (that of the batch),
    where that of the batch is for the variance the unbiased one: m/(m − 1) σ², of m values in each channel.
    In evaluation: y = γ (x − running mean)/√(running variance + ε) + β, and the running statistics stay as they are.
    In both modes gradients pass through the layer, to x, scale and shift.
    """

    def __init__(self, channels: int, momentum: float = 0.1, epsilon: float = 1e-5):
        """Attributes: `scale`, ones, and `shift`, zeros, each an `nn.Parameter`, which is trained; `running_mean`,
        zeros, and `running_variance`, ones, each a `Tensor`, which is not, and which has no history. All four are
        float32 of shape (channels,). What is a Parameter or a Tensor is saved with the network.
        """
        raise NotImplementedError("A7: write BatchNorm.__init__ in a07.py")

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError("A7: write BatchNorm.forward in a07.py")
