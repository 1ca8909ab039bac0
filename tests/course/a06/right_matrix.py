"""The map written down as a matrix."""

import numpy as np

from minigan import Op, Tensor


def places(size, kernel, stride, padding, extra):
    """One direction: P[u, m, i] is 1 where output m is met by input i through tap u."""
    out = stride * (size - 1) + kernel - 2 * padding + extra
    u, m, i = np.ogrid[:kernel, :out, :size]
    return (m == stride * i + u - padding).astype(float)


class Transposed(Op):
    def __init__(self, *settings):
        self.settings = settings

    def both(self, x, w):
        p, q = (places(n, k, s, p, a) for n, k, s, p, a in zip(x.shape[1:3], w.shape, *self.settings))
        return p.astype(x.dtype), q.astype(x.dtype)

    def matrix(self, x, w):
        """The whole map, (H W C, h w D)."""
        p, q = self.both(x, w)
        m = np.einsum("umi,vnj,uvcd->mncijd", p, q, w, optimize=True)
        return m.reshape(int(np.prod(m.shape[:3])), -1), m.shape[:3]

    def forward(self, x, w):
        m, shape = self.matrix(x, w)
        return (x.reshape(len(x), -1) @ m.T).reshape(len(x), *shape)

    def backward(self, grad):
        x, w = (t.data for t in self.inputs)
        m, _ = self.matrix(x, w)
        dx = (grad.data.reshape(len(x), -1) @ m).reshape(x.shape)
        return Tensor(dx), Tensor(np.einsum("bmnc,umi,vnj,bijd->uvcd", grad.data, *self.both(x, w), x, optimize=True))


def conv_transpose2d(x, w, stride=(1, 1), padding=(0, 0), output_padding=(0, 0)):
    return Transposed(stride, padding, output_padding)(x, w)


def touches(kernel, stride):
    counts = np.zeros(stride)
    for u in range(kernel):
        counts[u % stride] += 1
    return counts
