"""The loops of the kernels: per channel, element by element, and over windows.  `kernels.py` calls them.

The comment at each loop names the method that defines, in NumPy, what it computes; tests check that both agree.  A
loop computes the items from `start` to `stop` of its result, so that several threads can share it: none writes what
another one reads or writes.  Operations are rounded one by one, as in NumPy: nothing is reordered or contracted.
"""

from math import sqrt

from .compiler import compiled

# -- per channel: a bias, batch norm; x, y, grad (pixels, channels) ---------------------------------------------------
# The activation max(u, slope u) is written so that NaN stays NaN.


@compiled
def bias(x, b, slope, y, start, stop):  # Bias.forward
    for i in range(start, stop):
        for c in range(x.shape[1]):
            u = x[i, c] + b[c]
            low = u * slope if slope else slope
            y[i, c] = low if low >= u else u


@compiled
def bias_gradient(grad, y, slope, dx, parts, length, start, stop):  # Bias.gradient; parts (parts, channels)
    for part in range(start, stop):
        for i in range(part * length, min((part + 1) * length, len(grad))):
            for c in range(grad.shape[1]):
                g = grad[i, c] if y[i, c] > 0 else grad[i, c] * slope
                dx[i, c] = g
                parts[part, c] += g


@compiled
def moments_of_parts(x, parts, length, start, stop):
    """For each part of `length` pixels its mean and its sum of squared differences from it: parts (parts, 2, channels).

    The first pixel of the part is subtracted before squaring: E[x²] − μ² would lose digits.
    """
    for part in range(start, stop):
        first, last = part * length, min((part + 1) * length, len(x))
        for i in range(first, last):
            for c in range(x.shape[1]):
                d = x[i, c] - x[first, c]
                parts[part, 0, c] += d
                parts[part, 1, c] += d * d
        for c in range(x.shape[1]):
            mean = parts[part, 0, c] / (last - first)
            parts[part, 1, c] -= parts[part, 0, c] * mean
            parts[part, 0, c] = x[first, c] + mean


@compiled
def normalise(x, mean, factor, shift, slope, y, start, stop):  # BatchNorm.forward
    for i in range(start, stop):
        for c in range(x.shape[1]):
            u = (x[i, c] - mean[c]) * factor[c] + shift[c]
            low = u * slope if slope else slope
            y[i, c] = low if low >= u else u


@compiled
def norm_gradient_sums(grad, x, mean, factor, shift, slope, parts, length, start, stop):
    """For each part Σ g and Σ g (x − μ), with g = ∂L/∂u: parts (parts, 2, channels).  u is computed again from x."""
    for part in range(start, stop):
        for i in range(part * length, min((part + 1) * length, len(grad))):
            for c in range(grad.shape[1]):
                centred = x[i, c] - mean[c]
                g = grad[i, c] if centred * factor[c] + shift[c] > 0 else grad[i, c] * slope
                parts[part, 0, c] += g
                parts[part, 1, c] += g * centred


@compiled
def norm_gradient(grad, x, mean, factor, shift, offset, factor_x, slope, dx, start, stop):  # BatchNorm.gradient
    for i in range(start, stop):
        for c in range(grad.shape[1]):
            centred = x[i, c] - mean[c]
            g = grad[i, c] if centred * factor[c] + shift[c] > 0 else grad[i, c] * slope
            dx[i, c] = g * factor[c] + centred * factor_x[c] + offset[c]


# -- element by element -----------------------------------------------------------------------------------------------


@compiled
def adam(p, g, m, v, beta1, share1, beta2, share2, rate, epsilon, start, stop):  # Adam.update; share = 1 − beta
    for i in range(start, stop):
        first = m[i] * beta1 + g[i] * share1
        second = v[i] * beta2 + g[i] * g[i] * share2
        m[i] = first
        v[i] = second
        p[i] -= first / (sqrt(second) + epsilon) * rate


# -- im2col by planes: TapPlanes --------------------------------------------------------------------------------------


@compiled
def add_taps(planes, frame, stride, start, stop):  # TapPlanes.image_T: items are rows of frame (C, H, W, images)
    kh, kw, channels, h, w, images = planes.shape
    for row in range(start, stop):
        for c in range(channels):
            frame[c, row] = 0
            for u in range(row % stride[0], min(kh, row + 1), stride[0]):
                i = (row - u) // stride[0]
                if i < h:
                    for v in range(kw):
                        for j in range(w):
                            for n in range(images):
                                frame[c, row, j * stride[1] + v, n] += planes[u, v, c, i, j, n]
