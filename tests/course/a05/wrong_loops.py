# loses: speed
"""Right, in seven loops."""

import numpy as np

from minigan import Op, Tensor


class Convolution(Op):
    def __init__(self, stride, padding):
        self.stride, self.padding = stride, padding

    def places(self, x, w, y):
        for n, i, j, d in np.ndindex(y.shape):
            for u, v, c in np.ndindex(w.shape[:3]):
                yield (n, i, j, d), (n, i * self.stride[0] + u, j * self.stride[1] + v, c), (u, v, c, d)

    def forward(self, x, w):
        (sv, sh), (pv, ph) = self.stride, self.padding
        xp = np.pad(x, ((0, 0), (pv, pv), (ph, ph), (0, 0)))
        h, width = (xp.shape[1] - w.shape[0]) // sv + 1, (xp.shape[2] - w.shape[1]) // sh + 1
        y = np.zeros((len(x), h, width, w.shape[3]), x.dtype)
        for at_y, at_x, at_w in self.places(x, w, y):
            y[at_y] += xp[at_x] * w[at_w]
        return y

    def backward(self, grad):
        x, w, g = self.inputs[0].data, self.inputs[1].data, grad.data
        pv, ph = self.padding
        xp = np.pad(x, ((0, 0), (pv, pv), (ph, ph), (0, 0)))
        dxp, dw = np.zeros_like(xp), np.zeros_like(w)
        for at_y, at_x, at_w in self.places(x, w, g):
            dxp[at_x] += g[at_y] * w[at_w]
            dw[at_w] += g[at_y] * xp[at_x]
        return Tensor(dxp[:, pv : pv + x.shape[1], ph : ph + x.shape[2]]), Tensor(dw)


def conv2d(x, w, stride=(1, 1), padding=(0, 0)):
    return Convolution(stride, padding)(x, w)
