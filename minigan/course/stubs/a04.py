"""A4. Activations and losses

Write four functions that bend numbers, so that they can be differentiated twice and nothing overflows; and one
activation that is yours alone. The DCGAN uses the four in every step.

Check your work as often as you like:              python -m minigan.course check a04
A hint for the part "extremes":                    python -m minigan.course check a04 --hint extremes
Train the DCGAN with your activations and losses:  python -m minigan.course train a04

For all of them:
* x may have any shape, and y has the same; float32 stays float32; x is not changed.
* For x = ±1000 the result is right, and NumPy has nothing to warn of: e¹⁰⁰⁰ is too large for a float64.
* Gradients of gradients are right, too. So `backward` computes with Tensors: `self.inputs[0]` is x with its history,
  while what comes from an array (x.data, self.y) is a constant for the second derivative.

Of the engine you may use what is still there: + − * / **, exp, log, sqrt, absolute, maximum and where of minigan.ops.
"""

import numpy as np

from minigan import Op, Tensor

STUDENT_NUMBER = None  # yours: own_activation depends on it


class LeakyReLU(Op):
    """y = x if x > 0 else a x, with 0 ≤ a ≤ 1        ∂L/∂x = ∂L/∂y if x > 0 else a ∂L/∂y (so at 0 the slope is a)"""

    def __init__(self, slope: float):
        self.slope = slope

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError("A4: write LeakyReLU.forward in a04.py")

    def backward(self, grad: Tensor) -> Tensor:
        raise NotImplementedError("A4: write LeakyReLU.backward in a04.py")


class Sigmoid(Op):
    """y = σ(x) = 1/(1 + e⁻ˣ) = eˣ/(1 + eˣ)        ∂L/∂x = σ(x) (1 − σ(x)) ∂L/∂y"""

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError("A4: write Sigmoid.forward in a04.py")

    def backward(self, grad: Tensor) -> Tensor:
        raise NotImplementedError("A4: write Sigmoid.backward in a04.py")


class Softplus(Op):
    """y = ln(1 + eˣ)        ∂L/∂x = σ(x) ∂L/∂y"""

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError("A4: write Softplus.forward in a04.py")

    def backward(self, grad: Tensor) -> Tensor:
        raise NotImplementedError("A4: write Softplus.backward in a04.py")


def leaky_relu(x: Tensor, slope: float = 0.2) -> Tensor:
    """x where positive, slope · x elsewhere."""
    return LeakyReLU(slope)(x)


def sigmoid(x: Tensor) -> Tensor:
    """1/(1 + e⁻ˣ)."""
    return Sigmoid()(x)


def softplus(x: Tensor) -> Tensor:
    """ln(1 + eˣ)."""
    return Softplus()(x)


def bce_with_logits(logits: Tensor, target) -> Tensor:
    """Binary cross-entropy of logits l, the mean of −t ln σ(l) − (1 − t) ln(1 − σ(l)) over all elements: shape ().

    The target t is from 0 to 1: a number for all, or a Tensor of the shape of the logits, which gets no gradient.
    """
    raise NotImplementedError("A4: write bce_with_logits in a04.py")


def own_activation(x: Tensor) -> Tensor:
    """Your own activation, with its gradient: that of the number STUDENT_NUMBER % 12. (No second derivative is asked.)

     0  softsign          x/(1 + |x|)
     1  arctangent        arctan x
     2  inv. hyp. sine    arsinh x = ln(x + √(x² + 1))
     3  log-cosh          ln cosh x
     4  Mish              x tanh(ln(1 + eˣ))
     5  GELU, by tanh     ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))
     6  hard swish        x min(max(x + 3, 0), 6)/6
     7  ELU               x if x > 0 else eˣ − 1
     8  SELU              1.0507 x if x > 0 else 1.0507 · 1.6733 (eˣ − 1)
     9  CELU, α = 2       x if x > 0 else 2 (e^(x/2) − 1)
    10  squareplus        (x + √(x² + 4))/2
    11  bent identity     x + (√(x² + 1) − 1)/2
    """
    raise NotImplementedError("A4: write own_activation in a04.py")
