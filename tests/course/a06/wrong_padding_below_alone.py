# loses: padding
"""Twice as much is cut off at the bottom and on the right, nothing above."""

import numpy as np

from minigan import Op, Tensor


class TransposedConvolution(Op):
    def __init__(self, stride, padding, output_padding):
        self.stride, self.padding, self.extra = stride, padding, output_padding

    def frame(self, x, w):
        (sv, sh), (av, ah) = self.stride, self.extra
        return len(x), sv * (x.shape[1] - 1) + w.shape[0] + av, sh * (x.shape[2] - 1) + w.shape[1] + ah, w.shape[2]

    def slices(self, x, w):
        (sv, sh), (_, h, width, _) = self.stride, x.shape
        for u in range(w.shape[0]):
            for v in range(w.shape[1]):
                yield u, v, (slice(None), slice(u, u + sv * (h - 1) + 1, sv), slice(v, v + sh * (width - 1) + 1, sh))

    def inside(self, shape):
        pv, ph = self.padding
        return slice(None), slice(0, shape[1] - 2 * pv), slice(0, shape[2] - 2 * ph)

    def forward(self, x, w):
        y = np.zeros(self.frame(x, w), x.dtype)
        for u, v, part in self.slices(x, w):
            y[part] += x @ w[u, v].T
        return y[self.inside(y.shape)]

    def backward(self, grad):
        x, w = self.inputs[0].data, self.inputs[1].data
        g = np.zeros(self.frame(x, w), x.dtype)
        g[self.inside(g.shape)] = grad.data
        dx, dw = np.zeros_like(x), np.zeros_like(w)
        for u, v, part in self.slices(x, w):
            dx += g[part] @ w[u, v]
            dw[u, v] = g[part].reshape(-1, w.shape[2]).T @ x.reshape(-1, w.shape[3])
        return Tensor(dx), Tensor(dw)


def conv_transpose2d(x, w, stride=(1, 1), padding=(0, 0), output_padding=(0, 0)):
    return TransposedConvolution(stride, padding, output_padding)(x, w)


def touches(kernel, stride):
    return [len(range(r, kernel, stride)) for r in range(stride)]
