"""The table of cases: one for every op, which every property of ops is then held against.

A case says which Op classes it makes nodes of, and how to draw a `Call`: a function of Tensors, float64 arrays to call
it on, and the same function in PyTorch (given the module and torch tensors).  A new op enters the suite with one entry
here; `tests/ops/test_coverage.py` fails for an Op, or a function of minigan.ops, that has none.

The first case that names an Op alone is its home (`home`): nothing else stands between that op and the check, which is
where `test_gradients_can_fail.py` breaks it.
"""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import basic_indices, mutually_broadcastable_shapes

from minigan import ops
from minigan.ops import activation, arrangement, elementwise
from minigan.tensor import (
    Add,
    BroadcastTo,
    Divide,
    MatMul,
    Multiply,
    Power,
    PutAt,
    Reshape,
    Slice,
    Subtract,
    SumTo,
    Transpose,
    operand,
)

from . import image_cases, loss_cases  # noqa: F401  (the rest of the table)
from .arrays import apart, axes, normal, positive, shapes
from .cases import CASES, Call, Case, all_ops, case, home

__all__ = ["CASES", "Call", "Case", "all_ops", "home"]


# -- two Tensors, or a Tensor and a number, broadcast -----------------------------------------------------------------


def binary_case(name: str, op: type, function, values=normal):
    """Register an operator on two Tensors of shapes that broadcast, and on a number and a Tensor, either way round."""

    def call(draw):
        first, second = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)).input_shapes
        return Call(function, [draw(values(first)), draw(values(second))], lambda t, a, b: function(a, b))

    def number_case(draw):
        number, first = draw(st.sampled_from([2, -0.5])), draw(st.booleans())
        f = (lambda x: function(number, x)) if first else (lambda x: function(x, number))
        return Call(f, [draw(values(draw(shapes())))], lambda t, x: f(x))

    call.__name__, number_case.__name__ = name, f"{name}_number"
    case(op)(call)
    case(op)(number_case)


binary_case("add", Add, lambda a, b: a + b)
binary_case("subtract", Subtract, lambda a, b: a - b)
binary_case("multiply", Multiply, lambda a, b: a * b)
binary_case("divide", Divide, lambda a, b: a / b, positive)


@case(elementwise.Maximum)
def maximum(draw):
    first, second = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)).input_shapes
    return Call(ops.maximum, draw(apart(first, second)), lambda t, a, b: t.maximum(a, b))


@case(elementwise.Maximum)
def maximum_number(draw):
    (x,) = draw(apart(draw(shapes())))
    return Call(lambda x: ops.maximum(x, 0.0), [x], lambda t, x: t.clamp(x, min=0.0))


@case(MatMul)
def matmul(draw):
    stacks = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=2)).input_shapes
    n, k, m = (draw(st.integers(1, 3)) for _ in range(3))
    a, b = draw(normal((*stacks[0], n, k))), draw(normal((*stacks[1], k, m)))
    return Call(lambda a, b: a @ b, [a, b], lambda t, a, b: a @ b)


# -- one Tensor, element by element -----------------------------------------------------------------------------------


def elementwise_case(name: str, op: type, function, oracle, values):
    """Register a function of one Tensor of any shape; `values(shape)` is the strategy of its input."""

    def call(draw):
        return Call(function, [draw(values(draw(shapes())))], oracle)

    call.__name__ = name
    case(op)(call)


def kinked(shape):
    return apart(shape).map(lambda arrays: arrays[0])


elementwise_case("exp", elementwise.Exp, ops.exp, lambda t, x: t.exp(x), normal)
elementwise_case("log", elementwise.Log, ops.log, lambda t, x: t.log(x), positive)
elementwise_case("sqrt", Power, ops.sqrt, lambda t, x: t.sqrt(x), positive)
elementwise_case("absolute", elementwise.Abs, ops.absolute, lambda t, x: t.abs(x), kinked)
elementwise_case("relu", activation.LeakyReLU, ops.relu, lambda t, x: t.relu(x), kinked)
elementwise_case("sigmoid", activation.Sigmoid, ops.sigmoid, lambda t, x: t.sigmoid(x), normal)
elementwise_case("tanh", activation.Tanh, ops.tanh, lambda t, x: t.tanh(x), normal)
elementwise_case(
    "softplus", activation.Softplus, ops.softplus, lambda t, x: t.nn.functional.softplus(x, threshold=1e9), normal
)


@case(activation.LeakyReLU)
def leaky_relu(draw):
    slope = draw(st.sampled_from([0.0, 0.2, 0.9]))
    (x,) = draw(apart(draw(shapes())))
    return Call(lambda x: ops.leaky_relu(x, slope), [x], lambda t, x: t.nn.functional.leaky_relu(x, slope))


@case(activation.LeakyReLUGradient)
def leaky_relu_gradient(draw):
    """Made in the backward pass of LeakyReLU; of its second input it takes only the sign."""
    slope, shape = draw(st.sampled_from([0.0, 0.2, 0.9])), draw(shapes())
    (sign,) = draw(apart(shape))
    return Call(
        lambda g: activation.LeakyReLUGradient(slope)(g, operand(sign, g)),
        [draw(normal(shape))],
        lambda t, g: t.where(t.tensor(np.array(sign > 0)), g, g * slope),
    )


@case(Power)
def power(draw):
    """Roots and reciprocals of positive numbers; whole powers of any number, and of zero."""
    exponent = draw(st.sampled_from([-1.5, -1, 0.5, 0, 1, 2, 3]))
    x = draw((positive if exponent in (-1.5, -1, 0.5) else normal)(draw(shapes(1))))
    if exponent in (0, 1, 2, 3):
        x[0] = 0.0
    return Call(lambda x: x**exponent, [x], lambda t, x: x**exponent)


@case(Multiply)
def negative(draw):
    return Call(lambda x: -x, [draw(normal(draw(shapes())))], lambda t, x: -x)


@case(Multiply, Add)
def shared(draw):
    """One Tensor used three times: its gradients add up."""
    return Call(lambda x: x * x + x, [draw(normal(draw(shapes())))], lambda t, x: x * x + x)


# -- shapes and reductions --------------------------------------------------------------------------------------------


@case(SumTo)
def total(draw):
    shape = draw(shapes(1))
    axis, keep = draw(axes(len(shape))), draw(st.booleans())
    every = tuple(range(len(shape))) if axis is None else axis
    return Call(lambda x: x.sum(axis, keep), [draw(normal(shape))], lambda t, x: x.sum(every, keep))


@case(SumTo, Multiply)
def mean(draw):
    shape = draw(shapes(1))
    axis, keep = draw(axes(len(shape))), draw(st.booleans())
    every = tuple(range(len(shape))) if axis is None else axis
    return Call(lambda x: x.mean(axis, keep), [draw(normal(shape))], lambda t, x: x.mean(every, keep))


@case(arrangement.Max)
def amax(draw):
    shape = draw(shapes(1))
    axis, keep = draw(axes(len(shape))), draw(st.booleans())
    every = tuple(range(len(shape))) if axis is None else axis
    return Call(lambda x: ops.amax(x, axis, keep), draw(apart(shape)), lambda t, x: t.amax(x, every, keep))


@case(BroadcastTo)
def broadcast_to(draw):
    shape = draw(shapes())
    larger = (draw(st.integers(1, 2)), *(draw(st.integers(1, 3)) if n == 1 else n for n in shape))
    return Call(lambda x: x.broadcast_to(larger), [draw(normal(shape))], lambda t, x: x.broadcast_to(larger))


@case(Reshape)
def reshape(draw):
    a, b, c = (draw(st.integers(1, 3)) for _ in range(3))
    new = draw(st.sampled_from([(a * b, c), (c, -1), (-1,), (a, b, c), (1, c, a, b)]))
    return Call(lambda x: x.reshape(*new), [draw(normal((a, b, c)))], lambda t, x: x.reshape(new))


@case(Transpose)
def transpose(draw):
    shape = draw(shapes(1))
    order = tuple(draw(st.permutations(range(len(shape)))))
    order = tuple(a - len(shape) if draw(st.booleans()) else a for a in order)
    return Call(lambda x: x.transpose(*order), [draw(normal(shape))], lambda t, x: x.permute(order))


@case(Slice)
def getitem(draw):
    """Integers, slices (backwards too), … and None; PyTorch has no negative steps, so NumPy says which elements."""
    shape = draw(shapes(1))
    index = draw(basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    chosen = np.arange(int(np.prod(shape))).reshape(shape)[index]
    return Call(
        lambda x: x[index],
        [draw(normal(shape))],
        lambda t, x: x.reshape(-1)[t.as_tensor(np.array(chosen))],
    )


@case(arrangement.Concatenate)
def concatenate(draw):
    shape = draw(shapes(1))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    lengths = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    parts = [tuple(n if i == axis % len(shape) else m for i, m in enumerate(shape)) for n in lengths]
    inputs = [draw(normal(part)) for part in parts]
    return Call(lambda *xs: ops.concatenate(xs, axis), inputs, lambda t, *xs: t.cat(xs, axis))


@case(PutAt)
def pad(draw):
    shape = draw(shapes(1))
    grow = draw(st.integers(0, len(shape) - 1))  # one axis grows for certain; others may be cropped
    widths = [
        (draw(st.integers(0, 2)), draw(st.integers(1, 2)))
        if i == grow
        else (draw(st.integers(-((n - 1) // 2), 2)), draw(st.integers(-((n - 1) // 2), 2)))
        for i, n in enumerate(shape)
    ]
    flat = [width for pair in reversed(widths) for width in pair]
    return Call(lambda x: ops.pad(x, *widths), [draw(normal(shape))], lambda t, x: t.nn.functional.pad(x, flat))


from . import composed_cases  # noqa: E402, F401  (last: no op has its home there that stands alone in a case above)
