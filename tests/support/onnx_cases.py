"""The node tests of ONNX's backend: which of them minigan can express, and the kinds of those that it cannot.

A case is a model of one node, inputs, and the outputs that are expected.  (Those of several nodes, which ONNX makes of
the same cases to show how an op is composed of others, are left out.)
"""

import functools
import inspect
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx.backend.test.case.node import collect_testcases

from minigan import Tensor

from . import onnx_arrangement, onnx_layers, onnx_ops, onnx_resizing  # noqa: F401  (they fill the table)
from .onnx_table import FLOATS, INTEGERS, LACKS, OPS, Ints, Numbers

STRINGS = "strings"
CONTAINERS = "sequences, optional values and control flow"

KINDS = {  # of ops that are not here
    "trigonometry": "Acos Asin Atan Cos Sin Tan",
    "special functions": "CumProd Det Einsum Erf",
    "logic, bits and remainders": "And BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Mod Not Or Xor",
    "quantisation": "ConvInteger DequantizeLinear DynamicQuantizeLinear MatMulInteger QLinearConv QLinearMatMul "
    "QuantizeLinear",
    "making and searching arrays (NumPy's)": "Constant ConstantOfShape EyeLike NonZero OneHot Range Unique",
    "writing at indices": "Scatter ScatterElements ScatterND TensorScatter",
    "sampling images at points, and files": "AffineGrid Col2Im DeformConv GridSample ImageDecoder MaxUnpool "
    "NonMaxSuppression RoiAlign",
    "recurrent networks": "GRU LSTM RNN",
    "attention": "Attention CausalConvWithState FlexAttention LinearAttention RotaryEmbedding",
    "signal processing": "BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT",
    CONTAINERS: "If Loop OptionalGetElement OptionalHasElement Scan SequenceInsert SequenceMap SplitToSequence",
    STRINGS: "RegexFullMatch StringConcat StringNormalizer StringSplit TfIdfVectorizer",
    onnx_layers.RANDOM: "Bernoulli",
    "classical machine learning": "ArrayFeatureExtractor Binarizer LabelEncoder TreeEnsemble",
    "optimisers as ops": "Adagrad Adam Momentum",
}
NOT_HERE = {name: kind for kind, names in KINDS.items() for name in names.split()}


@dataclass
class Case:
    """A node on some inputs; those that it leaves out are None."""

    name: str
    op: str
    attributes: dict[str, Any]
    inputs: list[Any]
    expected: list[Any]
    rtol: float

    @functools.cached_property
    def reason(self) -> str | None:
        """The kind of what minigan lacks for it, None if nothing; KeyError for an op that nobody has thought of."""
        if self.op not in OPS:
            return NOT_HERE[self.op]
        given = [x for x in (*self.inputs, *self.expected) if x is not None]
        if not all(isinstance(x, np.ndarray) for x in given):
            return CONTAINERS
        if any(x.dtype.kind in "OSU" for x in given):
            return STRINGS
        if any(is_integer(x) for x, held in zip(self.inputs, self.held()) if x is not None and held is Tensor):
            return INTEGERS
        if any(not is_integer(x) and x.dtype not in (np.float32, np.float64) for x in given):
            return FLOATS
        lacks = LACKS.get(self.op, lambda *_: None)
        return lacks(self.inputs, {**self.attributes, "outputs": len(self.expected)})

    def held(self) -> list[Any]:
        """What each input is to be: Tensor, Ints or Numbers."""
        found: list[Any] = []
        for parameter in inspect.signature(OPS[self.op]).parameters.values():
            held = Ints if parameter.annotation in (Ints, Ints | None) else Tensor
            many = len(self.inputs) if parameter.kind is parameter.VAR_POSITIONAL else 1
            found += [Numbers if parameter.annotation == Numbers else held] * many
        return found[: len(self.inputs)]

    def values(self, change: Callable[[np.ndarray], np.ndarray] = lambda x: x) -> list[Any]:
        """The inputs as the entry takes them; Tensors, of the values that `change` gives, ask for a gradient."""
        return [
            Tensor(change(x), requires_grad=True) if x is not None and held is not Ints and not is_integer(x) else x
            for x, held in zip(self.inputs, self.held())
        ]

    def run(self, values: Sequence[Any]) -> list[Any]:
        """The outputs that are asked for, Tensors or arrays."""
        function, settings = OPS[self.op], dict(self.attributes)
        if "outputs" in inspect.signature(function).parameters:
            settings["outputs"] = len(self.expected)
        y = function(*values, **settings)
        return y[: len(self.expected)] if isinstance(y, list) else [y]


def is_integer(x: np.ndarray) -> bool:
    return x.dtype.kind in "iub" or x.dtype.name.startswith(("int", "uint"))  # ml_dtypes has narrower ones


@functools.cache
def cases() -> list[Case]:
    """All cases of one node, of the onnx that is installed."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):  # they divide by zero on purpose
        warnings.simplefilter("ignore")
        collected = collect_testcases(None)
    return [case_of(test) for test in collected if len(test.model.graph.node) == 1]


def case_of(test: Any) -> Case:
    (node,), ((inputs, expected), *_) = test.model.graph.node, test.data_sets
    known = {value.name: array_of(x) for value, x in zip(test.model.graph.input, inputs)}
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    attributes = {name: value.decode() if isinstance(value, bytes) else value for name, value in attributes.items()}
    inputs = [known.get(name) for name in node.input]
    return Case(test.name, node.op_type, attributes, inputs, [*map(array_of, expected)], test.rtol)


def array_of(x: Any) -> Any:
    """A tensor as an array; lists and other values stay what they are."""
    if isinstance(x, onnx.TensorProto):
        return onnx.numpy_helper.to_array(x)
    return np.asarray(x) if isinstance(x, np.generic) else x


def table() -> str:
    """How many cases of each op pass, and of which kinds those are that cannot be expressed: docs/onnx.md."""
    passing = Counter(case.op for case in cases() if case.reason is None)
    lacking: dict[str, Counter] = defaultdict(Counter)
    for case in cases():
        if case.reason:
            lacking[case.reason][case.op] += 1
    total = f"{len(cases())} cases of one node, of which {passing.total()} can be expressed, and pass"
    lines = [
        f"onnx {onnx.__version__}: {total}.", "", "| cannot be expressed | cases | ops |", "|---|--:|---|",
    ]  # fmt: skip
    for kind, ops in sorted(lacking.items(), key=lambda item: -item[1].total()):
        lines.append(f"| {kind} | {ops.total()} | {listed(ops)} |")
    lines += ["", f"Those that pass, of {len(passing)} ops: {listed(passing)}."]
    return "\n".join(lines)


def listed(counts: Counter) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))
