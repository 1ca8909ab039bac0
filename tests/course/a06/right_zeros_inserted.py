"""Zeros inserted, padded, and convolved with the turned kernel."""

import numpy as np

from minigan import Op, Tensor


def convolve(x, w, stride=(1, 1)):
    """Without padding: x (N, H, W, C), w (kh, kw, C, D)."""
    views = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], (1, 2))[:, :: stride[0], :: stride[1]]
    return np.einsum("nijcuv,uvcd->nijd", views, w, optimize=True)


def padded(x, vertical, horizontal):
    """With zeros around, or cut where a number is negative."""
    x = x[:, max(0, -vertical[0]) : x.shape[1] - max(0, -vertical[1])]
    x = x[:, :, max(0, -horizontal[0]) : x.shape[2] - max(0, -horizontal[1])]
    widths = [(0, 0), *([max(0, n) for n in pair] for pair in (vertical, horizontal)), (0, 0)]
    return np.pad(x, widths)


class TransposedConvolution(Op):
    def __init__(self, stride, padding, output_padding):
        self.stride, self.padding, self.extra = stride, padding, output_padding

    def spread(self, x, kh, kw):
        (sv, sh), (pv, ph), (av, ah) = self.stride, self.padding, self.extra
        n, h, width, d = x.shape
        z = np.zeros((n, sv * (h - 1) + 1, sh * (width - 1) + 1, d), x.dtype)
        z[:, ::sv, ::sh] = x
        return padded(z, (kh - pv - 1, kh - pv - 1 + av), (kw - ph - 1, kw - ph - 1 + ah))

    def forward(self, x, w):
        return convolve(self.spread(x, *w.shape[:2]), w[::-1, ::-1].swapaxes(2, 3))

    def backward(self, grad):
        x, w, g = self.inputs[0].data, self.inputs[1].data, grad.data
        pv, ph = self.padding
        outer = padded(g, (pv, pv), (ph, ph))
        dx = convolve(outer, w, self.stride)[:, : x.shape[1], : x.shape[2]]
        z = self.spread(x, *w.shape[:2])  # what was convolved: the gradient of that kernel, turned back
        views = np.lib.stride_tricks.sliding_window_view(z, g.shape[1:3], (1, 2))
        dw = np.einsum("nuvdij,nijc->uvcd", views, g, optimize=True)[::-1, ::-1]
        return Tensor(np.ascontiguousarray(dx)), Tensor(np.ascontiguousarray(dw))


def conv_transpose2d(x, w, stride=(1, 1), padding=(0, 0), output_padding=(0, 0)):
    return TransposedConvolution(stride, padding, output_padding)(x, w)


def touches(kernel, stride):
    spread = np.zeros(stride * 40)
    spread[::stride] = 1
    middle = stride * 20
    return np.convolve(spread, np.ones(kernel))[middle : middle + stride].astype(int)
