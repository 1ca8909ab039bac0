"""A product of all pixels and taps, added where it belongs."""

import numpy as np

from minigan import Op, Tensor


class Col2im(Op):
    def __init__(self, s, p, a):
        self.s, self.p, self.a = s, p, a

    def indices(self, x, w):
        i = self.s[0] * np.arange(x.shape[1])[:, None] + np.arange(w.shape[0])
        j = self.s[1] * np.arange(x.shape[2])[:, None] + np.arange(w.shape[1])
        return slice(None), i[:, None, :, None], j[None, :, None, :]

    def full(self, x, w):
        sides = [s * (n - 1) + k + a for s, n, k, a in zip(self.s, x.shape[1:3], w.shape, self.a)]
        return np.zeros((len(x), *sides, w.shape[2]), x.dtype)

    def forward(self, x, w):
        y = self.full(x, w)
        np.add.at(y, self.indices(x, w), np.einsum("nijd,uvcd->nijuvc", x, w))
        self.inside = slice(None), slice(self.p[0], y.shape[1] - self.p[0]), slice(self.p[1], y.shape[2] - self.p[1])
        return y[self.inside].copy()

    def backward(self, grad):
        x, w = self.inputs
        g = self.full(x.data, w.data)
        g[self.inside] = grad.data
        windows = g[self.indices(x.data, w.data)]  # N h w kh kw C
        dx = windows.reshape(*x.shape[:3], -1) @ w.data.reshape(-1, w.shape[3])
        dw = windows.reshape(dx[..., 0].size, -1).T @ x.data.reshape(-1, w.shape[3])
        return Tensor(dx), Tensor(dw.reshape(w.shape))


def conv_transpose2d(x, w, stride=(1, 1), padding=(0, 0), output_padding=(0, 0)):
    return Col2im(stride, padding, output_padding)(x, w)


def touches(kernel, stride):
    return [-(-max(0, kernel - r) // stride) for r in range(stride)]
