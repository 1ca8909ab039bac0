"""Convolution, transposed convolution and the kernel's gradient: three ops of one trilinear form.

    ⟨g, conv(x, w)⟩ = ⟨x, convᵀ(g, w)⟩ = ⟨w, kernel_gradient(x, g)⟩

is linear in the image x, in the kernel w and in the response g, so the gradients of each op are the other two ops.
Images are (N, H, W, C), kernels (kh, kw, C_in, C_out), responses (N, h, w, C_out).
"""

from ..arrays.backend import Array, namespace
from ..tensor import Gradients, Op, Tensor, check_tensors
from .algorithms import Algorithm
from .arrangement import insert_zeros, pad
from .choice import choose
from .geometry import Padding, dilate, in_groups, settle_padding
from .windows import Ints, Pair, Unfold, pair, window_count


class Trilinear(Op):
    """An op of two inputs, two of image, kernel and response; its output is the third.

    `operands` holds image, kernel and response as the matrices that the algorithm multiplies, each computed on first
    use.  The two ops that compute the gradients share one dict, so that ∂L/∂output is converted only once.
    """

    keeps = ("operands",)
    given: tuple[str, str]  # what its two inputs are: "image", "kernel" or "response"
    gives: str  # what its output is
    product: str  # the method of the algorithm that multiplies the two operands

    def __init__(self, algorithm: Algorithm, operands: dict[str, Array] | None = None):
        self.algorithm, self.operands = algorithm, {} if operands is None else operands

    def forward(self, *inputs: Array) -> Array:
        if not all(x.size for x in inputs):  # no images, or no channels: nothing is added up
            return namespace(inputs[0]).zeros(self.algorithm.shape(self.gives), inputs[0].dtype)
        for name, x in zip(self.given, inputs):
            if name not in self.operands:
                self.operands[name] = getattr(self.algorithm, name)(x)
        first, second = (self.operands[name] for name in self.given)
        # The gradient of one input needs the operand of the other; what will not be needed is not kept.
        needed = zip(self.given, (first, second), reversed(self.needs))
        self.operands = {name: operand for name, operand, need in needed if need}
        return getattr(self.algorithm, self.product)(first, second)

    def backward(self, grad: Tensor) -> Gradients:
        known, operands = {self.gives: grad, **dict(zip(self.given, self.inputs))}, dict(self.operands)

        def gradient(name: str) -> Tensor:
            op = OP_THAT_GIVES[name]
            return op(self.algorithm, operands)(*(known[given] for given in op.given))

        return tuple(gradient(name) if need else None for name, need in zip(self.given, self.needs))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.algorithm})"


class Convolution(Trilinear):
    """y[i,j] = Σᵤᵥ x[s i + u − p, s j + v − p] w[u,v]

    ∂L/∂x = convᵀ(∂L/∂y, w),  ∂L/∂w = kernel_gradient(x, ∂L/∂y)
    """

    given, gives, product = ("image", "kernel"), "response", "conv"


class TransposedConvolution(Trilinear):
    """x[s i + u − p, s j + v − p] += g[i,j] w[u,v]ᵀ

    ∂L/∂g = conv(∂L/∂x, w),  ∂L/∂w = kernel_gradient(∂L/∂x, g)
    """

    given, gives, product = ("response", "kernel"), "image", "conv_transpose"


class KernelGradient(Trilinear):
    """w[u,v] = Σᵢⱼ x[s i + u − p, s j + v − p]ᵀ g[i,j]

    ∂L/∂x = convᵀ(g, ∂L/∂w),  ∂L/∂g = conv(x, ∂L/∂w)
    """

    given, gives, product = ("image", "response"), "kernel", "kernel_gradient"


OP_THAT_GIVES = {op.gives: op for op in (Convolution, TransposedConvolution, KernelGradient)}


def conv2d(x: Tensor, w: Tensor, stride: Ints = 1, padding: Padding = 0, dilation: Ints = 1, groups: int = 1) -> Tensor:
    """Convolve images (N, H, W, C_in) with a kernel (kh, kw, C_in / groups, C_out).

    `stride`, `padding` (zeros on every side) and `dilation` (the step between the kernel's taps) are ints or (vertical,
    horizontal).  Padding may also be ((top, bottom), (left, right)), or "same": so much that at stride 1 the size does
    not change.  With `groups`, the channels are divided into so many parts, each with its own share of the kernels.
    Gives (N, h, w, C_out) with h = ⌊(H + 2p − d (kh − 1) − 1)/s⌋ + 1 (Dumoulin & Visin 2016, relationships 6 and 15).
    Raises ValueError if the shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import Tensor, ops
    >>> images, kernel = Tensor(np.ones((8, 28, 28, 1))), Tensor(np.ones((4, 4, 1, 16)))
    >>> ops.conv2d(images, kernel, stride=2, padding=1).shape
    (8, 14, 14, 16)
    """
    check_tensors("conv2d", x, w)
    stride, dilation = pair(stride), pair(dilation)
    _check("conv2d", x, w, stride, dilation, groups)
    w = dilate(w, dilation)
    x, padding = settle_padding(x, w.shape, stride, padding)
    if any(window_count(i, k, 1, p) < 1 for i, k, p in zip(x.shape[1:3], w.shape, padding)):
        raise ValueError(f"conv2d expected images no smaller than the kernel {w.shape[:2]} when padded, got {x.shape}")
    convolve = lambda x, w: Convolution(choose(x.shape, w.shape, stride, padding, x.data))(x, w)  # noqa: E731
    return convolve(x, w) if groups == 1 else in_groups(convolve, x, w, groups)


def conv_transpose2d(
    x: Tensor,
    w: Tensor,
    stride: Ints = 1,
    padding: Ints = 0,
    output_padding: Ints = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> Tensor:
    """The transpose of `conv2d`: images (N, h, w, C_in), kernel (kh, kw, C_out / groups, C_in) of that convolution.

    Gives (N, H, W, C_out) with H = s(h − 1) + d (kh − 1) + 1 − 2p + output_padding (relationship 14).  All settings but
    `groups` are ints or (vertical, horizontal); `output_padding`, below the stride, adds rows and columns at the bottom
    and right, because `conv2d` gives the same h for several H.  Raises ValueError if the shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import Tensor, ops
    >>> x, kernel = Tensor(np.ones((8, 14, 14, 16))), Tensor(np.ones((4, 4, 1, 16)))
    >>> ops.conv_transpose2d(x, kernel, stride=2, padding=1).shape
    (8, 28, 28, 1)
    """
    check_tensors("conv_transpose2d", x, w)
    stride, padding, extra, dilation = pair(stride), pair(padding), pair(output_padding), pair(dilation)
    _check("conv_transpose2d", x, w, stride, dilation, groups)
    w = dilate(w, dilation)
    if min(padding) < 0 or not all(0 <= a < s for a, s in zip(extra, stride)):
        raise ValueError(
            f"conv_transpose2d expected padding ≥ 0 and 0 ≤ output_padding < stride {stride}, got {padding} and {extra}"
        )
    sizes = [s * (i - 1) + k - 2 * p + a for s, i, k, p, a in zip(stride, x.shape[1:3], w.shape, padding, extra)]
    if min(sizes) < 1:
        raise ValueError(f"conv_transpose2d expected an output of at least 1×1, got {tuple(sizes)}; pad less")

    def convolve(x: Tensor, w: Tensor) -> Tensor:
        image = (x.shape[0], *sizes, w.shape[2])
        return TransposedConvolution(choose(image, w.shape, stride, padding, x.data))(x, w)

    return convolve(x, w) if groups == 1 else in_groups(convolve, x, w, groups)


def conv2d_by_windows(x: Tensor, w: Tensor, stride: Ints = 1, padding: Ints = 0) -> Tensor:
    """`conv2d` by its definition: cut out every window and multiply it with the kernel.

    Images (N, H, W, C_in), kernel (kh, kw, C_in, C_out) → (N, h, w, C_out).  Slow, for comparison.
    """
    stride, (pv, ph) = pair(stride), pair(padding)
    kh, kw, _, c_out = w.shape
    windows = Unfold((kh, kw), stride)(pad(x, (0, 0), (pv, pv), (ph, ph), (0, 0)))
    n, h, width = windows.shape[:3]
    return (windows.reshape(n * h * width, -1) @ w.reshape(-1, c_out)).reshape(n, h, width, c_out)


def conv_transpose2d_by_zero_insertion(
    x: Tensor, w: Tensor, stride: Ints = 1, padding: Ints = 0, output_padding: Ints = 0
) -> Tensor:
    """`conv_transpose2d` by its definition (Dumoulin & Visin 2016, §4): insert s − 1 zeros between neighbours, pad by
    k − p − 1 (and output_padding more at the bottom and right), convolve at stride 1 with the kernel rotated by 180°.

    Images (N, h, w, C_in), kernel (kh, kw, C_out, C_in) → (N, H, W, C_out).  Slow, for comparison.
    """
    stride, (pv, ph), (av, ah) = pair(stride), pair(padding), pair(output_padding)
    kh, kw = w.shape[:2]
    vertical, horizontal = (kh - pv - 1, kh - pv - 1 + av), (kw - ph - 1, kw - ph - 1 + ah)
    spread = pad(insert_zeros(x, stride), (0, 0), vertical, horizontal, (0, 0))
    return conv2d_by_windows(spread, w[::-1, ::-1].transpose(0, 1, 3, 2))


def _check(name: str, x: Tensor, w: Tensor, stride: Pair, dilation: Pair, groups: int) -> None:
    if x.ndim != 4 or w.ndim != 4:
        raise ValueError(f"{name} expected images and a kernel, both of 4 axes, got {x.shape} and {w.shape}")
    channels = w.shape[2] * groups if name == "conv2d" else w.shape[3]
    if x.shape[3] != channels:
        raise ValueError(f"{name} expected {channels} input channels (axis 3), got shape {x.shape}")
    if groups < 1 or w.shape[3] % groups:
        raise ValueError(f"{name} expected groups that divide the {w.shape[3]} channels of axis 3, got {groups}")
    if min(*stride, *dilation) < 1:
        raise ValueError(f"{name} expected stride and dilation ≥ 1, got {stride} and {dilation}")
