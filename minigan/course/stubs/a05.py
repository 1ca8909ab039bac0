"""A5. Convolution

Write `conv2d`: what a convolution computes, and its two gradients. In the whole DCGAN, most of the time is spent here.

Check your work as often as you like:      python -m minigan.course check a05
A hint for the part "directions":          python -m minigan.course check a05 --hint directions
Train the DCGAN with your convolution:     python -m minigan.course train a05
"""

import numpy as np

from minigan import Op, Tensor


class Convolution(Op):
    """y[n,i,j,d] = Σ x[n, s i + u − p, s j + v − p, c] w[u,v,c,d], summed over u, v and c; x is 0 outside.

    Images x (N, H, W, C), kernel w (kh, kw, C, D), result y (N, h, w, D) with h = ⌊(H + 2p − kh)/s⌋ + 1.
    Stride s and padding p are pairs (vertical, horizontal).
    """

    def __init__(self, stride, padding):
        self.stride, self.padding = stride, padding

    def forward(self, x: np.ndarray, w: np.ndarray) -> np.ndarray:
        """y, from NumPy arrays. Change neither x nor w."""
        raise NotImplementedError("A5: write Convolution.forward in a05.py")

    def backward(self, grad: Tensor):
        """(∂L/∂x, ∂L/∂w), two Tensors, from grad = ∂L/∂y.

        `self.inputs` holds the Tensors x and w; the NumPy array of a Tensor t is t.data, and Tensor(a) makes one.
        """
        raise NotImplementedError("A5: write Convolution.backward in a05.py")


def conv2d(x: Tensor, w: Tensor, stride=(1, 1), padding=(0, 0)) -> Tensor:
    """The convolution of images x with the kernel w: a new node in the graph of Tensors."""
    return Convolution(stride, padding)(x, w)
