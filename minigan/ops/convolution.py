"""Convolution, transposed convolution and the kernel's gradient: three faces of one form.

    ⟨g, conv(x, w)⟩ = ⟨x, convᵀ(g, w)⟩ = ⟨w, kernel_gradient(x, g)⟩

is linear in the image x, the kernel w and the response g alike, so the gradients of each face are the other two.
Images are (N, H, W, C), kernels (kh, kw, C_in, C_out), responses (N, h, w, C_out).
"""

from ..tensor import Op, Tensor
from .algorithms import Algorithm, choose
from .arrangement import insert_zeros, pad
from .windows import Unfold, pair, window_count


class Forms:
    """Image, kernel and response as an algorithm wants them for its products; each made once, by who needs it first."""

    def __init__(self, algorithm: Algorithm, image=None, kernel=None, response=None):
        self.algorithm = algorithm
        self.made = {"image": image, "kernel": kernel, "response": response}

    def of(self, face: str, x):
        """`x` in the form of a face ("image", "kernel" or "response")."""
        if self.made[face] is None:
            self.made[face] = getattr(self.algorithm, face)(x)
        return self.made[face]

    def without(self, face: str) -> "Forms":
        """The same forms with one left open, for a gradient to take its place."""
        return Forms(self.algorithm, **{**self.made, face: None})

    def forget(self, face: str) -> None:
        self.made[face] = None


class Face(Op):
    """One face of the trilinear form: made of two of image, kernel and response, it gives the third."""

    keeps = ("forms",)
    given: tuple[str, str]  # the faces of the two inputs
    gives: str  # the face of the output

    def __init__(self, forms: Forms):
        self.forms = forms

    def forward(self, a, b):
        first, second = self.given
        output = self.multiply(self.forms.of(first, a), self.forms.of(second, b))
        # The gradient by one input needs the form of the other; what nobody will need is dropped here.
        if not self.needs[1]:
            self.forms.forget(first)
        if not self.needs[0]:
            self.forms.forget(second)
        return output

    def multiply(self, a, b):
        """The batch of matrix products between the forms of the inputs, and the way back to an array."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.forms.algorithm if self.forms else ''})"


class Convolution(Face):
    """y[i,j] = Σᵤᵥ x[s i + u − p, s j + v − p] w[u,v]

    ∂L/∂x = convᵀ(∂L/∂y, w),  ∂L/∂w = kernel_gradient(x, ∂L/∂y)
    """

    given, gives = ("image", "kernel"), "response"

    def multiply(self, image, kernel):
        return self.forms.algorithm.conv(image, kernel)

    def backward(self, grad):
        (x, w), forms = self.inputs, self.forms.without("response")
        return (
            TransposedConvolution(forms)(grad, w) if self.needs[0] else None,
            KernelGradient(forms)(x, grad) if self.needs[1] else None,
        )


class TransposedConvolution(Face):
    """x[s i + u − p, s j + v − p] += g[i,j] w[u,v]ᵀ

    ∂L/∂g = conv(∂L/∂x, w),  ∂L/∂w = kernel_gradient(∂L/∂x, g)
    """

    given, gives = ("response", "kernel"), "image"

    def multiply(self, response, kernel):
        return self.forms.algorithm.conv_transpose(response, kernel)

    def backward(self, grad):
        (g, w), forms = self.inputs, self.forms.without("image")
        return (
            Convolution(forms)(grad, w) if self.needs[0] else None,
            KernelGradient(forms)(grad, g) if self.needs[1] else None,
        )


class KernelGradient(Face):
    """w[u,v] = Σᵢⱼ x[s i + u − p, s j + v − p]ᵀ g[i,j]

    ∂L/∂x = convᵀ(g, ∂L/∂w),  ∂L/∂g = conv(x, ∂L/∂w)
    """

    given, gives = ("image", "response"), "kernel"

    def multiply(self, image, response):
        return self.forms.algorithm.kernel_gradient(image, response)

    def backward(self, grad):
        (x, g), forms = self.inputs, self.forms.without("kernel")
        return (
            TransposedConvolution(forms)(g, grad) if self.needs[0] else None,
            Convolution(forms)(x, grad) if self.needs[1] else None,
        )


def conv2d(x: Tensor, w: Tensor, stride=1, padding=0) -> Tensor:
    """Convolve images (N, H, W, C_in) with a kernel (kh, kw, C_in, C_out).

    `stride` and `padding` (zeros on every side) are ints or (vertical, horizontal).  Gives (N, h, w, C_out) with
    h = ⌊(H + 2p − kh)/s⌋ + 1 (Dumoulin & Visin 2016, relationship 6).  Raises ValueError where shapes do not fit.
    """
    stride, padding = pair(stride), pair(padding)
    _check("conv2d", x, w, stride, padding, channels=2)
    return Convolution(Forms(choose(x.shape, w.shape, stride, padding)))(x, w)


def conv_transpose2d(x: Tensor, w: Tensor, stride=1, padding=0, output_padding=0) -> Tensor:
    """The transpose of `conv2d`: images (N, h, w, C_in), kernel (kh, kw, C_out, C_in) of the convolution transposed.

    Gives (N, H, W, C_out) with H = s(h − 1) + kh − 2p + output_padding (relationship 14).
    """
    stride, padding, extra = pair(stride), pair(padding), pair(output_padding)
    _check("conv_transpose2d", x, w, stride, padding, channels=3)
    if not all(0 <= a < s for a, s in zip(extra, stride)):
        raise ValueError(f"conv_transpose2d expected 0 ≤ output_padding < stride {stride}, got {extra}")
    sizes = [s * (i - 1) + k - 2 * p + a for s, i, k, p, a in zip(stride, x.shape[1:3], w.shape, padding, extra)]
    if min(sizes) < 1:
        raise ValueError(f"conv_transpose2d expected an output of at least 1×1, got {tuple(sizes)}; pad less")
    image = (x.shape[0], *sizes, w.shape[2])
    return TransposedConvolution(Forms(choose(image, w.shape, stride, padding)))(x, w)


def conv2d_by_windows(x: Tensor, w: Tensor, stride=1, padding=0) -> Tensor:
    """What `conv2d` means: cut out every window and multiply it with the kernel."""
    stride, (pv, ph) = pair(stride), pair(padding)
    kh, kw, _, c_out = w.shape
    windows = Unfold((kh, kw), stride)(pad(x, (0, 0), (pv, pv), (ph, ph), (0, 0)))
    n, h, width = windows.shape[:3]
    return (windows.reshape(n * h * width, -1) @ w.reshape(-1, c_out)).reshape(n, h, width, c_out)


def conv_transpose2d_by_zero_insertion(x: Tensor, w: Tensor, stride=1, padding=0, output_padding=0) -> Tensor:
    """What `conv_transpose2d` means (Dumoulin & Visin 2016, §4): insert s − 1 zeros between neighbours, pad by
    k − p − 1 (and output_padding more at the bottom and right), convolve at stride 1 with the kernel turned by 180°.
    """
    stride, (pv, ph), (av, ah) = pair(stride), pair(padding), pair(output_padding)
    kh, kw = w.shape[:2]
    vertical, horizontal = (kh - pv - 1, kh - pv - 1 + av), (kw - ph - 1, kw - ph - 1 + ah)
    spread = pad(insert_zeros(x, stride), (0, 0), vertical, horizontal, (0, 0))
    return conv2d_by_windows(spread, w[::-1, ::-1].transpose(0, 1, 3, 2))


def _check(name: str, x: Tensor, w: Tensor, stride, padding, channels: int) -> None:
    if x.ndim != 4 or w.ndim != 4:
        raise ValueError(f"{name} expected images and a kernel, both of 4 axes, got {x.shape} and {w.shape}")
    if x.shape[3] != w.shape[channels]:
        raise ValueError(f"{name} expected {w.shape[channels]} input channels (axis 3), got shape {x.shape}")
    if min(stride) < 1 or min(padding) < 0:
        raise ValueError(f"{name} expected stride ≥ 1 and padding ≥ 0, got {stride} and {padding}")
    if name == "conv2d" and any(window_count(i, k, 1, p) < 1 for i, k, p in zip(x.shape[1:3], w.shape, padding)):
        raise ValueError(f"conv2d expected images no smaller than the kernel {w.shape[:2]} when padded, got {x.shape}")
