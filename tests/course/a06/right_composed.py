"""Of the engine's own slices and matrix products: no gradient by hand."""

import numpy as np

from minigan import Tensor, ops


def conv_transpose2d(x: Tensor, w: Tensor, stride=(1, 1), padding=(0, 0), output_padding=(0, 0)) -> Tensor:
    (n, h, width, d), (kh, kw, _, _) = x.shape, w.shape
    (sv, sh), (pv, ph), (av, ah) = stride, padding, output_padding
    first = np.zeros((1, 1, sv, 1, sh, 1), x.dtype)
    first[0, 0, 0, 0, 0, 0] = 1
    z = (x.reshape(n, h, 1, width, 1, d) * Tensor(first)).reshape(n, h * sv, width * sh, d)
    z = z[:, : sv * (h - 1) + 1, : sh * (width - 1) + 1]
    z = ops.pad(z, (0, 0), (kh - 1, kh - 1 + av), (kw - 1, kw - 1 + ah), (0, 0))
    out_h, out_w = z.shape[1] - kh + 1, z.shape[2] - kw + 1
    total = None
    for u in range(kh):
        for v in range(kw):
            part = z[:, u : u + out_h, v : v + out_w] @ w[kh - 1 - u, kw - 1 - v].transpose()
            total = part if total is None else total + part
    return total[:, pv : out_h - pv, ph : out_w - ph]


def touches(kernel, stride):
    counts = [kernel // stride] * stride
    for r in range(kernel % stride):
        counts[r] += 1
    return counts
