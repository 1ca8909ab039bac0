"""ONNX's ops of arithmetic and reduction, by minigan: see `onnx_table.py`."""

import functools
import math
import operator

import numpy as np

from minigan import Tensor, ops

from .onnx_table import INTEGERS, OPS, Ints, Numbers, op

EMPTY = "the largest of no values (refused, as by NumPy)"
DTYPES = {1: np.float32, 11: np.float64}  # by their numbers in ONNX
SELU = 1.67326319217681884765625, 1.05070102214813232421875  # ONNX's defaults

# -- element by element -----------------------------------------------------------------------------------------------

# (Of Equal, and of Trilu, ONNX has cases of other types only; they stand here so that those say of which.)
OPS.update({
    "Abs": abs, "Add": lambda a, b: a + b, "Div": lambda a, b: a / b, "Mul": lambda a, b: a * b,
    "Sub": lambda a, b: a - b, "Neg": lambda x: -x, "Identity": lambda x: x, "Reciprocal": lambda x: 1.0 / x,
    "Exp": ops.exp, "Log": ops.log, "Sqrt": ops.sqrt, "Relu": ops.relu, "Sigmoid": ops.sigmoid, "Tanh": ops.tanh,
    "Softplus": ops.softplus, "Max": lambda *xs: functools.reduce(ops.maximum, xs),
    "Min": lambda *xs: functools.reduce(ops.minimum, xs), "Sum": lambda *xs: functools.reduce(operator.add, xs),
    "Mean": lambda *xs: functools.reduce(operator.add, xs) / len(xs),
    "Sinh": lambda x: (ops.exp(x) - ops.exp(-x)) / 2.0, "Cosh": lambda x: (ops.exp(x) + ops.exp(-x)) / 2.0,
    "Asinh": lambda x: ops.where(x < 0, -1.0, x * 0.0 + 1.0) * ops.log(abs(x) + ops.sqrt(x * x + 1.0)),
    "Acosh": lambda x: ops.log(x + ops.sqrt(x * x - 1.0)), "Atanh": lambda x: ops.log((1.0 + x) / (1.0 - x)) / 2.0,
    "Softsign": lambda x: x / (1.0 + abs(x)), "Mish": lambda x: x * ops.tanh(ops.softplus(x)),
    "HardSwish": lambda x: x * ops.clip(x / 6.0 + 0.5, 0.0, 1.0),
    "PRelu": lambda x, slope: ops.where(x < 0, slope * x, x),
    "Equal": lambda a, b: a == b, "Greater": lambda a, b: a > b, "GreaterOrEqual": lambda a, b: a >= b,
    "Less": lambda a, b: a < b, "LessOrEqual": lambda a, b: a <= b, "IsNaN": lambda x: x != x,
    "Ceil": lambda x: np.ceil(x), "Floor": lambda x: np.floor(x), "Round": lambda x: np.round(x),
    "Sign": lambda x: np.sign(x),
    "Size": lambda x: np.array(x.size),
})  # fmt: skip


@op("Pow")
def power(x, exponent: Numbers):
    return x**exponent


@op("Where")
def where(condition: Ints, x, y):
    return ops.where(condition, x, y)


@op("Clip")
def clip(x, low: Ints | None = None, high: Ints | None = None):
    bounds = [None if bound is None else bound.item() for bound in (low, high)]
    return ops.clip(ops.clip(x, low=bounds[0]), high=bounds[1])  # one by one: the higher may be the first


@op("LeakyRelu")
def leaky_relu(x, *, alpha=0.01):
    return ops.leaky_relu(x, alpha)


@op("ThresholdedRelu")
def thresholded_relu(x, *, alpha=1.0):
    return ops.where(x > alpha, x, 0.0)


@op("Elu")
def elu(x, *, alpha=1.0):
    return ops.where(x > 0, x, alpha * (ops.exp(ops.minimum(x, 0.0)) - 1.0))


@op("Selu")
def selu(x, *, alpha=SELU[0], gamma=SELU[1]):
    return gamma * elu(x, alpha=alpha)


@op("Celu")
def celu(x, *, alpha=1.0):
    return alpha * elu(x / alpha)


@op("Gelu", lacks=lambda inputs, attributes: None if attributes.get("approximate") == "tanh" else "special functions")
def gelu(x, *, approximate):
    return 0.5 * x * (1.0 + ops.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@op("Swish")
def swish(x, *, alpha=1.0):
    return x * ops.sigmoid(alpha * x)


@op("SwiGLU")
def swiglu(a, b, *, alpha=1.0):
    return swish(a, alpha=alpha) * b


@op("HardSigmoid")
def hard_sigmoid(x, *, alpha=0.2, beta=0.5):
    return ops.clip(alpha * x + beta, 0.0, 1.0)


@op("Shrink")
def shrink(x, *, lambd=0.5, bias=0.0):
    return ops.where(x > lambd, x - bias, ops.where(x < -lambd, x + bias, 0.0))


@op("IsInf")
def is_inf(x, *, detect_negative=1, detect_positive=1):
    return ((x == np.inf) & bool(detect_positive)) | ((x == -np.inf) & bool(detect_negative))


@op("Cast", lacks=lambda inputs, attributes: None if attributes["to"] in DTYPES else INTEGERS)
def cast(x, *, to, saturate=1):
    return x.astype(DTYPES[to]).data  # of a leaf: the gradient does not pass


def like_integers(inputs, attributes):
    return INTEGERS if inputs[1].dtype.type not in DTYPES.values() else None


@op("CastLike", like_integers)
def cast_like(x, like: Ints, *, saturate=1):
    return x.astype(like.dtype).data


@op("Shape")
def shape(x, *, start=0, end=None):
    return np.array(x.shape, np.int64)[start:end]


# -- products ---------------------------------------------------------------------------------------------------------


@op("MatMul")
def matmul(a, b):
    """A vector is a matrix of one row, or of one column, that is left out again."""
    y = (a.reshape(1, -1) if a.ndim == 1 else a) @ (b.reshape(-1, 1) if b.ndim == 1 else b)
    y = y.reshape(y.shape[:-1]) if b.ndim == 1 else y
    return ops.squeeze(y, -1 if b.ndim == 1 else -2) if a.ndim == 1 else y


@op("Gemm")
def gemm(a, b, c=None, *, alpha=1.0, beta=1.0, transA=0, transB=0):
    y = alpha * ((a.T if transA else a) @ (b.T if transB else b))
    return y if c is None else y + beta * c


@op("CumSum")
def cumsum(x, axis: Ints, *, exclusive=0, reverse=0):
    ones = np.tril(np.ones((x.shape[axis],) * 2), -exclusive)
    order = list(range(x.ndim))
    order[axis], order[-1] = order[-1], order[axis]
    return matmul(x.transpose(order), Tensor((ones if reverse else ones.T).astype(x.dtype))).transpose(order)


# -- reductions -------------------------------------------------------------------------------------------------------


def reduction(function):
    """An entry for a function of x, the axes and keepdims."""

    def reduced(x, axes: Ints | None = None, *, keepdims=1, noop_with_empty_axes=0):
        if (axes is None or not axes.size) and noop_with_empty_axes:
            return x
        return function(x, tuple(axes.tolist()) if axes is not None and axes.size else None, bool(keepdims))

    return reduced


def nothing(inputs, attributes):
    """No values along the axes of a reduction."""
    x, axes = inputs[0], tuple(inputs[1].tolist()) if len(inputs) > 1 and inputs[1].size else None
    return EMPTY if not x.size and np.sum(np.zeros_like(x), axes).size else None


def product(x, axes, keepdims):
    axes = tuple(a % x.ndim for a in (range(x.ndim) if axes is None else axes))
    kept = [a for a in range(x.ndim) if a not in axes]
    rows = x.transpose(*kept, *axes).reshape(*(x.shape[a] for a in kept), math.prod(x.shape[a] for a in axes))
    ones = Tensor(np.ones(rows.shape[:-1], x.dtype))
    y = functools.reduce(operator.mul, (rows[..., i] for i in range(rows.shape[-1])), ones)
    return y.reshape(tuple(1 if a in axes else n for a, n in enumerate(x.shape))) if keepdims else y


OPS.update({
    "ReduceSum": reduction(Tensor.sum), "ReduceMean": reduction(Tensor.mean), "ReduceProd": reduction(product),
    "ReduceSumSquare": reduction(lambda x, *where: (x * x).sum(*where)),
    "ReduceL1": reduction(lambda x, *where: abs(x).sum(*where)),
    "ReduceL2": reduction(lambda x, *where: ops.sqrt((x * x).sum(*where))),
    "ReduceLogSum": reduction(lambda x, *where: ops.log(x.sum(*where))),
    "ReduceLogSumExp": reduction(lambda x, *where: ops.log(ops.exp(x).sum(*where))),
})  # fmt: skip
op("ReduceMax", nothing)(reduction(ops.amax))
op("ReduceMin", nothing)(reduction(ops.amin))


@op("ArgMax")
def argmax(x, *, axis=0, keepdims=1, select_last_index=0):
    if select_last_index:
        found = x.shape[axis] - 1 - x[(slice(None),) * (axis % x.ndim) + (slice(None, None, -1),)].argmax(axis)
    else:
        found = x.argmax(axis)
    return np.expand_dims(found, axis) if keepdims else found


@op("ArgMin")
def argmin(x, *, axis=0, keepdims=1, select_last_index=0):
    return argmax(-x, axis=axis, keepdims=keepdims, select_last_index=select_last_index)


@op("Hardmax")
def hardmax(x, *, axis=-1):
    return np.moveaxis(np.eye(x.shape[axis], dtype=x.dtype)[x.argmax(axis)], -1, axis)


@op("Softmax")
def softmax(x, *, axis=-1):
    return ops.softmax(x, axis)


@op("LogSoftmax")
def log_softmax(x, *, axis=-1):
    return ops.log_softmax(x, axis)
