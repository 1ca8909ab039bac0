"""Of the engine's own slices and matrix products: no gradient by hand."""

from minigan import Tensor, ops


def conv2d(x: Tensor, w: Tensor, stride=(1, 1), padding=(0, 0)) -> Tensor:
    (sv, sh), (pv, ph) = stride, padding
    xp = ops.pad(x, (0, 0), (pv, pv), (ph, ph), (0, 0))
    h, width = (xp.shape[1] - w.shape[0]) // sv + 1, (xp.shape[2] - w.shape[1]) // sh + 1
    total = None
    for u in range(w.shape[0]):
        for v in range(w.shape[1]):
            part = xp[:, u : u + sv * h : sv, v : v + sh * width : sh] @ w[u, v]
            total = part if total is None else total + part
    return total
