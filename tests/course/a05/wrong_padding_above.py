# loses: values, dx, directions, adjoint, speed
"""Zeros above and to the left only."""

import numpy as np

from minigan import Op, Tensor


class Convolution(Op):
    def __init__(self, stride, padding):
        self.stride, self.padding = stride, padding

    def slices(self, x, w, h, width):
        sv, sh = self.stride
        for u in range(w.shape[0]):
            for v in range(w.shape[1]):
                yield u, v, (slice(None), slice(u, u + sv * h, sv), slice(v, v + sh * width, sh))

    def forward(self, x, w):
        (sv, sh), (pv, ph) = self.stride, self.padding
        xp = np.pad(x, ((0, 0), (2 * pv, 0), (2 * ph, 0), (0, 0)))
        h, width = (xp.shape[1] - w.shape[0]) // sv + 1, (xp.shape[2] - w.shape[1]) // sh + 1
        y = np.zeros((len(x), h, width, w.shape[3]), x.dtype)
        for u, v, part in self.slices(x, w, h, width):
            y += xp[part] @ w[u, v]
        return y

    def backward(self, grad):
        x, w, g = self.inputs[0].data, self.inputs[1].data, grad.data
        pv, ph = self.padding
        xp = np.pad(x, ((0, 0), (2 * pv, 0), (2 * ph, 0), (0, 0)))
        dxp, dw = np.zeros_like(xp), np.zeros_like(w)
        for u, v, part in self.slices(x, w, *g.shape[1:3]):
            dxp[part] += g @ w[u, v].T
            dw[u, v] = xp[part].reshape(-1, w.shape[2]).T @ g.reshape(-1, w.shape[3])
        return Tensor(dxp[:, pv : pv + x.shape[1], ph : ph + x.shape[2]]), Tensor(dw)


def conv2d(x, w, stride=(1, 1), padding=(0, 0)):
    return Convolution(stride, padding)(x, w)
