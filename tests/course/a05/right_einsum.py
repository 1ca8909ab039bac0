"""All windows as a view, and einsum."""

import numpy as np

from minigan import Op, Tensor


class Convolution(Op):
    def __init__(self, stride, padding):
        self.stride, self.padding = stride, padding

    def windows(self, x, w):
        (sv, sh), (pv, ph) = self.stride, self.padding
        xp = np.pad(x, ((0, 0), (pv, pv), (ph, ph), (0, 0)))
        views = np.lib.stride_tricks.sliding_window_view(xp, w.shape[:2], (1, 2))
        return views[:, ::sv, ::sh]  # N h w C kh kw

    def forward(self, x, w):
        return np.einsum("nijcuv,uvcd->nijd", self.windows(x, w), w, optimize=True)

    def backward(self, grad):
        x, w, g = self.inputs[0].data, self.inputs[1].data, grad.data
        (sv, sh), (pv, ph) = self.stride, self.padding
        dw = np.einsum("nijcuv,nijd->uvcd", self.windows(x, w), g, optimize=True)
        # Zeros between the gradients, and a convolution with the kernel turned by 180°.
        kh, kw = w.shape[:2]
        spread = np.zeros((len(x), x.shape[1] + 2 * pv - kh + 1, x.shape[2] + 2 * ph - kw + 1, g.shape[3]), g.dtype)
        spread[:, ::sv, ::sh][:, : g.shape[1], : g.shape[2]] = g
        spread = np.pad(spread, ((0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1), (0, 0)))
        views = np.lib.stride_tricks.sliding_window_view(spread, (kh, kw), (1, 2))
        dxp = np.einsum("nijduv,uvcd->nijc", views, w[::-1, ::-1], optimize=True)
        return Tensor(dxp[:, pv : pv + x.shape[1], ph : ph + x.shape[2]]), Tensor(dw)


def conv2d(x, w, stride=(1, 1), padding=(0, 0)):
    return Convolution(stride, padding)(x, w)
