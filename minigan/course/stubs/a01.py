"""A1. One multiplication

Write `Add`, `Multiply` and `Power`, which are behind +, * and ** of Tensors, and `SumTo`: a sum over what NumPy has
repeated. Every mean, every loss and every bias of the DCGAN goes through them.

Check your work as often as you like:      python -m minigan.course check a01
A hint for the part "new_axes":            python -m minigan.course check a01 --hint new_axes
Train the DCGAN with your arithmetic:      python -m minigan.course train a01

Of all four: `forward` takes and gives NumPy arrays, and changes none. `backward` takes grad = ∂L/∂y, a Tensor, and
gives a Tensor for each input, in the shape of that input (two of them as a tuple). `self.inputs` holds the inputs.

Compute with Tensors in `backward`: `grad * b` is your own Multiply again, so a gradient can be differentiated as well.
With t.data, the array of a Tensor t, that would get lost. Do without - and / of Tensors there: their own gradients need
what you are writing, so this package has none for them.
"""

import numpy as np

from minigan import Op, Tensor


class SumTo(Op):
    """y = x summed to a smaller shape: over all axes along which NumPy repeats an array of that shape to that of x.

    NumPy puts missing axes in front: (3,) counts as (1, 3). Then it repeats along axes of length 1. For x of (4, 3):

        shape (3,)   y[j] = Σᵢ x[i, j]              shape (4, 1)   y[i, 0] = Σⱼ x[i, j]
        shape ()     y    = Σᵢⱼ x[i, j]             shape (1, 3)   y[0, j] = Σᵢ x[i, j]

    ∂L/∂x = ∂L/∂y repeated to the shape of x, for which there is `grad.broadcast_to(shape)`.
    """

    def __init__(self, shape):
        self.shape = shape

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y, an array of the shape `self.shape`."""
        raise NotImplementedError("A1: write SumTo.forward in a01.py")

    def backward(self, grad: Tensor):
        """∂L/∂x, in the shape of x."""
        raise NotImplementedError("A1: write SumTo.backward in a01.py")


def sum_to(x: Tensor, shape) -> Tensor:
    """x summed to a shape, if it has another: the gradient of repeating. (You need not change this.)"""
    return x if x.shape == shape else SumTo(shape)(x)


class Add(Op):
    """y = a + b        ∂L/∂a = ∂L/∂y,  ∂L/∂b = ∂L/∂y        (each summed to the shape of its input)

    a and b are arrays of any two shapes that NumPy can add; or one of them is a Python number, a constant.
    """

    def forward(self, a, b) -> np.ndarray:
        """y."""
        raise NotImplementedError("A1: write Add.forward in a01.py")

    def backward(self, grad: Tensor):
        """(∂L/∂a, ∂L/∂b), with None in place of one that is not needed: of input i, `self.needs[i]` is False then.

        That is so for Tensors that require no gradient, and for numbers (which have no shape).
        """
        raise NotImplementedError("A1: write Add.backward in a01.py")


class Multiply(Op):
    """y = a · b        ∂L/∂a = b · ∂L/∂y,  ∂L/∂b = a · ∂L/∂y        (each summed to the shape of its input)

    a and b are what they are in Add.
    """

    def forward(self, a, b) -> np.ndarray:
        """y."""
        raise NotImplementedError("A1: write Multiply.forward in a01.py")

    def backward(self, grad: Tensor):
        """(∂L/∂a, ∂L/∂b), with None in place of one that is not needed, as in Add."""
        raise NotImplementedError("A1: write Multiply.backward in a01.py")


class Power(Op):
    """y = xⁿ        ∂L/∂x = n xⁿ⁻¹ · ∂L/∂y        (n a Python number; for n = 0 the gradient is 0, also at x = 0)"""

    def __init__(self, exponent):
        self.exponent = exponent

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y."""
        raise NotImplementedError("A1: write Power.forward in a01.py")

    def backward(self, grad: Tensor):
        """∂L/∂x."""
        raise NotImplementedError("A1: write Power.backward in a01.py")
