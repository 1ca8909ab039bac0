"""What convolution and its transpose are: two examples by hand, the definitions, the identities between the faces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import Tensor, grad, ops
from minigan.ops.choice import choose
from minigan.ops.convolution import Convolution, KernelGradient, TransposedConvolution
from minigan.ops.windows import pair
from tests.support.arrays import normal
from tests.support.image_cases import ALGORITHMS, CHOICES, geometries, transposed_geometries

# Kernel 3×3, stride 2, padding 1.  Every number below was worked out with pencil and paper's method (window by window,
# stamp by stamp), and agrees with PyTorch.

KERNEL = [
    [1, 0, 2],
    [0, 1, -1],
    [3, 1, 0],
]

IMAGE = [  # 5×5
    [1, 2, 0, 1, 3],
    [0, 1, 2, 2, 1],
    [3, 1, 0, 1, 2],
    [2, 0, 1, 3, 0],
    [1, 2, 2, 0, 1],
]

# conv(IMAGE, KERNEL), 5×5 → 3×3.  In the middle: rows 1–3 and columns 1–3 of IMAGE,
#   1·1 + 2·0 + 2·2  +  1·0 + 0·1 + 1·(−1)  +  0·3 + 1·1 + 3·0  =  5
CONVOLVED = [
    [-1, 4, 10],
    [6, 5, 13],
    [-1, 8, 4],
]

SMALL = [  # 3×3
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
]

# A zero between neighbours: 3×3 → 5×5.
SPREAD = [
    [1, 0, 2, 0, 3],
    [0, 0, 0, 0, 0],
    [4, 0, 5, 0, 6],
    [0, 0, 0, 0, 0],
    [7, 0, 8, 0, 9],
]

# The kernel turned by 180°.
TURNED = [
    [0, 1, 3],
    [-1, 1, 0],
    [2, 0, 1],
]

# convᵀ(SMALL, KERNEL), 3×3 → 5×5: SPREAD within a border of one zero, convolved with TURNED.  At row 1, column 1 its
# window holds the numbers 1, 2, 4, 5 in its corners:  1·0 + 2·3 + 4·2 + 5·1 = 19
TRANSPOSED = [
    [1, -1, 2, -2, 3],
    [1, 19, 2, 25, 3],
    [4, -4, 5, -5, 6],
    [4, 37, 5, 43, 6],
    [7, -7, 8, -8, 9],
]

# ∂⟨SMALL, conv(IMAGE, KERNEL)⟩/∂KERNEL.  In the middle, IMAGE at even rows and columns times SMALL:
#   1·1 + 0·2 + 3·3  +  3·4 + 0·5 + 2·6  +  1·7 + 2·8 + 1·9  =  66
KERNEL_GRADIENT = [
    [44, 38, 38],
    [34, 66, 27],
    [26, 20, 20],
]


def image(rows) -> Tensor:
    return Tensor(np.array(rows, np.float64)[None, :, :, None], requires_grad=True)


def kernel(rows) -> Tensor:
    return Tensor(np.array(rows, np.float64)[:, :, None, None], requires_grad=True)


def rows_of_image(x: Tensor) -> list:
    return x.numpy()[0, :, :, 0].tolist()


@pytest.mark.parametrize("conv2d", [ops.conv2d, ops.conv2d_by_windows])
def test_five_by_five_to_three_by_three(conv2d):
    """The example by hand, forward; backward, ∂/∂image is the transposed convolution, the other example."""
    x, w = image(IMAGE), kernel(KERNEL)
    y = conv2d(x, w, stride=2, padding=1)
    assert rows_of_image(y) == CONVOLVED
    y.backward(image(SMALL).detach())
    assert rows_of_image(x.grad) == TRANSPOSED
    assert w.grad.numpy()[:, :, 0, 0].tolist() == KERNEL_GRADIENT


@pytest.mark.parametrize("conv_transpose2d", [ops.conv_transpose2d, ops.conv_transpose2d_by_zero_insertion])
def test_three_by_three_to_five_by_five(conv_transpose2d):
    """The example by hand, forward; backward, ∂/∂input is the convolution, the other example."""
    x, w = image(SMALL), kernel(KERNEL)
    y = conv_transpose2d(x, w, stride=2, padding=1)
    assert rows_of_image(y) == TRANSPOSED
    y.backward(image(IMAGE).detach())
    assert rows_of_image(x.grad) == CONVOLVED
    assert w.grad.numpy()[:, :, 0, 0].tolist() == KERNEL_GRADIENT


def test_three_by_three_to_five_by_five_step_by_step():
    """The same by its definition, every stage written out: zeros between, a border, the turned kernel at stride 1."""
    spread = ops.insert_zeros(image(SMALL), (2, 2))
    assert rows_of_image(spread) == SPREAD
    assert kernel(KERNEL).numpy()[::-1, ::-1, 0, 0].tolist() == TURNED
    bordered = ops.pad(spread, (0, 0), (1, 1), (1, 1), (0, 0))
    assert bordered.shape == (1, 7, 7, 1)
    assert rows_of_image(ops.conv2d(bordered, kernel(TURNED))) == TRANSPOSED


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def dot(a: Tensor, b: Tensor) -> float:
    return float((a.numpy() * b.numpy()).sum())


@given(data=st.data())
def test_convolution_is_its_definition(data):
    """Every window times the kernel, in plain loops, for any geometry."""
    image_shape, kernel_shape, response, stride, padding = data.draw(geometries())
    x, w = data.draw(normal(image_shape)), data.draw(normal(kernel_shape))
    (sv, sh), (pv, ph), (kh, kw) = pair(stride), pair(padding), kernel_shape[:2]
    padded = np.pad(x, [(0, 0), (pv, pv), (ph, ph), (0, 0)])
    expected = np.zeros(response)
    for i in range(response[1]):
        for j in range(response[2]):
            window = padded[:, sv * i : sv * i + kh, sh * j : sh * j + kw]
            expected[:, i, j] = np.tensordot(window, w, axes=3)
    close(ops.conv2d(Tensor(x), Tensor(w), stride, padding).numpy(), expected)
    close(ops.conv2d_by_windows(Tensor(x), Tensor(w), stride, padding).numpy(), expected)


@given(data=st.data())
def test_transposed_convolution_is_zero_insertion_then_convolution(data):
    """The fast form and the definition agree for any geometry, forward and in both gradients."""
    response, kernel_shape, stride, padding, extra = data.draw(transposed_geometries())
    arrays = data.draw(normal(response)), data.draw(normal(kernel_shape))
    results = []
    for function in (ops.conv_transpose2d, ops.conv_transpose2d_by_zero_insertion):
        x, w = (Tensor(a, requires_grad=True) for a in arrays)
        y = function(x, w, stride, padding, extra)
        (y * y).sum().backward()
        results.append((y.numpy(), x.grad.numpy(), w.grad.numpy()))
    for fast, defined in zip(*results):
        close(fast, defined)


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda algorithm: algorithm.__name__)
@given(data=st.data())
def test_the_three_faces_are_one_form(algorithm, data):
    """⟨conv(x, w), g⟩ = ⟨x, convᵀ(g, w)⟩ = ⟨w, kernel_gradient(x, g)⟩, by each algorithm, for any geometry."""
    image_shape, kernel_shape, response, stride, padding = data.draw(ALGORITHMS[algorithm])
    x, w, g = (Tensor(data.draw(normal(shape))) for shape in (image_shape, kernel_shape, response))

    maps = algorithm(image_shape, kernel_shape, pair(stride), pair(padding))
    form = dot(Convolution(maps)(x, w), g)
    close(dot(x, TransposedConvolution(maps)(g, w)), form)
    close(dot(w, KernelGradient(maps)(x, g)), form)


def values_and_derivatives(conv, *inputs):
    """conv of the inputs, its gradients, and the gradients of those, for fixed weights of each."""
    tensors = [Tensor(x, requires_grad=True) for x in inputs]
    weights = np.random.default_rng(0)
    y = conv(*tensors)
    first = grad(y, tensors, Tensor(weights.normal(size=y.shape)), create_graph=True)
    total = sum((g * weights.normal(size=g.shape)).sum() for g in first)
    return [y, *first, *grad(total, tensors)]


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda algorithm: algorithm.__name__)
@given(data=st.data())
def test_every_algorithm_equals_the_definitions_to_second_order(algorithm, data):
    """Convolution by windows and transposed convolution by zero insertion: values, first and second derivatives."""
    image, kernel, response, stride, padding = data.draw(ALGORITHMS[algorithm])
    maps = algorithm(image, kernel, pair(stride), pair(padding))
    x, w, g = (data.draw(normal(shape)) for shape in (image, kernel, response))
    left = [(i + 2 * p - k) % s for i, p, k, s in zip(image[1:3], pair(padding), kernel, pair(stride))]
    pairs = [
        (Convolution, ops.conv2d_by_windows, (x, w), ()),
        (TransposedConvolution, ops.conv_transpose2d_by_zero_insertion, (g, w), (left,)),
    ]
    for face, definition, inputs, more in pairs:
        fast = values_and_derivatives(face(maps), *inputs)
        plain = values_and_derivatives(lambda a, b, f=definition, m=more: f(a, b, stride, padding, *m), *inputs)
        for a, b in zip(fast, plain, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("algorithm", CHOICES, ids=lambda algorithm: algorithm.__name__)
def test_whichever_algorithm_is_chosen_the_numbers_are_the_same(algorithm):
    """`conv2d` and `conv_transpose2d` against their definitions: value and gradients, a geometry for each."""
    image_shape, kernel_shape, stride, padding = CHOICES[algorithm]
    assert type(choose(image_shape, kernel_shape, stride, padding, np.zeros(0))) is algorithm
    rng = np.random.default_rng(0)
    response = ops.conv2d(zeros(*image_shape), zeros(*kernel_shape), stride, padding).shape
    arrays = {shape: rng.normal(size=shape) for shape in (image_shape, response)}
    kernel_array = rng.normal(size=kernel_shape)
    left = tuple((i + 2 * p - k) % s for i, p, k, s in zip(image_shape[1:3], padding, kernel_shape, stride))
    for shape, settings, *functions in (
        (image_shape, (stride, padding), ops.conv2d, ops.conv2d_by_windows),
        (response, (stride, padding, left), ops.conv_transpose2d, ops.conv_transpose2d_by_zero_insertion),
    ):
        results = []
        for function in functions:
            x, w = Tensor(arrays[shape], requires_grad=True), Tensor(kernel_array, requires_grad=True)
            y = function(x, w, *settings)
            (y * y).sum().backward()
            results.append((y.numpy(), x.grad.numpy(), w.grad.numpy()))
        for fast, defined in zip(*results):
            np.testing.assert_allclose(fast, defined, rtol=1e-11, atol=1e-11)


def zeros(*shape) -> Tensor:
    return Tensor(np.zeros(shape))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.conv2d(zeros(8, 14, 14, 3), zeros(4, 4, 64, 8)),
         r"conv2d expected 64 input channels \(axis 3\), got shape \(8, 14, 14, 3\)"),
        (lambda: ops.conv2d(zeros(14, 14, 3), zeros(4, 4, 3, 8)), r"both of 4 axes, got \(14, 14, 3\)"),
        (lambda: ops.conv2d(zeros(1, 3, 3, 1), zeros(4, 4, 1, 1)), r"images no smaller than the kernel \(4, 4\)"),
        (lambda: ops.conv2d(zeros(1, 5, 5, 1), zeros(3, 3, 1, 1), stride=0), "stride and dilation ≥ 1"),
        (lambda: ops.conv2d(zeros(1, 5, 5, 1), zeros(3, 3, 1, 1), padding=-1), "padding ≥ 0"),
        (lambda: ops.conv_transpose2d(zeros(8, 7, 7, 3), zeros(4, 4, 3, 8)),
         r"conv_transpose2d expected 8 input channels"),
        (lambda: ops.conv_transpose2d(zeros(1, 3, 3, 1), zeros(3, 3, 1, 1), 2, 1, 2),
         r"output_padding < stride \(2, 2\), got \(1, 1\) and \(2, 2\)"),
        (lambda: ops.conv_transpose2d(zeros(1, 1, 1, 1), zeros(2, 2, 1, 1), 1, 1),
         r"at least 1×1, got \(0, 0\); pad less"),
        (lambda: ops.pad(zeros(3), (5, -4)), r"pad cannot crop shape \(3,\)"),
        (lambda: ops.max_pool2d(zeros(1, 3, 3, 1), 4),
         r"no smaller than the window \(4, 4\), got shape \(1, 3, 3, 1\)"),
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit_are_named(call, message):
    """Errors say what was expected and what came."""
    with pytest.raises(ValueError, match=message):
        call()
