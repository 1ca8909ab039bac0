"""The windows copied into the rows of a matrix."""

import numpy as np

import minigan


class Conv(minigan.Op):
    def __init__(self, s, p):
        self.s, self.p = s, p

    def places(self, x, w):
        _, height, width, _ = x.shape
        kh, kw = w.shape[:2]
        h = (height + 2 * self.p[0] - kh) // self.s[0] + 1
        wd = (width + 2 * self.p[1] - kw) // self.s[1] + 1
        rows = np.arange(h)[:, None] * self.s[0] + np.arange(kh)
        columns = np.arange(wd)[:, None] * self.s[1] + np.arange(kw)
        return h, wd, rows[:, None, :, None], columns[None, :, None, :]

    def forward(self, x, w):
        h, wd, i, j = self.places(x, w)
        xp = np.pad(x, ((0, 0), (self.p[0],) * 2, (self.p[1],) * 2, (0, 0)))
        self.columns = xp[:, i, j].reshape(len(x) * h * wd, -1)
        return (self.columns @ w.reshape(-1, w.shape[3])).reshape(len(x), h, wd, w.shape[3])

    def backward(self, grad):
        x, w = (t.data for t in self.inputs)
        g = grad.data.reshape(-1, w.shape[3])
        h, wd, i, j = self.places(x, w)
        dw = (self.columns.T @ g).reshape(w.shape)
        pieces = (g @ w.reshape(-1, w.shape[3]).T).reshape(len(x), h, wd, *w.shape[:3])
        dxp = np.zeros((len(x), x.shape[1] + 2 * self.p[0], x.shape[2] + 2 * self.p[1], x.shape[3]), x.dtype)
        np.add.at(dxp, (slice(None), i, j), pieces)
        dx = dxp[:, self.p[0] :, self.p[1] :][:, : x.shape[1], : x.shape[2]]
        return minigan.Tensor(dx), minigan.Tensor(dw)


def conv2d(x, w, stride=(1, 1), padding=(0, 0)):
    return Conv(stride, padding)(x, w)
