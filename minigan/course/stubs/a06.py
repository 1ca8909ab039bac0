"""A6. Transposed convolution

Write `conv_transpose2d`, which makes images larger, and its two gradients; and `touches`, which tells a checkerboard
before you see it. The whole generator of a DCGAN is made of transposed convolutions.

Check your work as often as you like:               python -m minigan.course check a06
A hint for the part "padding":                      python -m minigan.course check a06 --hint padding
Train the DCGAN with your transposed convolution:   python -m minigan.course train a06
"""

import numpy as np

from minigan import Op, Tensor


class TransposedConvolution(Op):
    """y[n, s i + u − p, s j + v − p, c] = Σ x[n,i,j,d] w[u,v,c,d], over all i, j, u, v and d that lead there.

    Images x (N, h, w, D), result y (N, H, W, C). The kernel w (kh, kw, C, D) is that of the convolution from C to D
    channels which this one transposes: each pixel of x is spread over a window of y. Stride s, padding p and
    output_padding a are pairs (vertical, horizontal), with 0 ≤ a < s.

    H = s (h − 1) + kh − 2p + a: padding cuts p rows off on both sides, output_padding adds rows, at the bottom alone
    (a kernel may reach them; what none reaches is 0). The width likewise, with the rows added on the right.

    The same by zero insertion: put s − 1 zeros between the pixels of x, kh − p − 1 around them (and a more at the
    bottom; where the number is negative, cut), and convolve at stride 1 with the kernel turned by 180°, its channels
    exchanged. You may write it either way.
    """

    def __init__(self, stride, padding, output_padding):
        self.stride, self.padding, self.output_padding = stride, padding, output_padding

    def forward(self, x: np.ndarray, w: np.ndarray) -> np.ndarray:
        """y, from NumPy arrays. Change neither x nor w."""
        raise NotImplementedError("A6: write TransposedConvolution.forward in a06.py")

    def backward(self, grad: Tensor):
        """(∂L/∂x, ∂L/∂w), two Tensors, from grad = ∂L/∂y.

        `self.inputs` holds the Tensors x and w; the NumPy array of a Tensor t is t.data, and Tensor(a) makes one.
        """
        raise NotImplementedError("A6: write TransposedConvolution.backward in a06.py")


def conv_transpose2d(x: Tensor, w: Tensor, stride=(1, 1), padding=(0, 0), output_padding=(0, 0)) -> Tensor:
    """The transposed convolution of images x with the kernel w: a new node in the graph of Tensors."""
    return TransposedConvolution(stride, padding, output_padding)(x, w)


def touches(kernel: int, stride: int) -> list[int]:
    """From how many inputs an output is made, in one direction, far from the border: one number for each remainder.

    The output at s·j + r (padding 0) gets products from touches(k, s)[r] inputs, r = 0 … s − 1. If these s numbers
    differ, the picture has a checkerboard. A stride larger than the kernel leaves holes, with 0 inputs.
    """
    raise NotImplementedError("A6: write touches in a06.py")
