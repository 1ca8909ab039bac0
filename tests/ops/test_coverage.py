"""The table of cases is complete, and says the truth: a new op without a case fails here."""

import sys

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from minigan import Tensor, ops
from minigan.ops.algorithms import Algorithm
from minigan.ops.minimal_filtering import MinimalFiltering
from tests.support.image_cases import ALGORITHMS, CHOICES, Tiles2, Tiles4
from tests.support.nodes import leaves, nodes_behind
from tests.support.op_cases import CASES, all_ops, home


@pytest.mark.parametrize("op", all_ops())
def test_every_op_has_a_case_about_it_alone(op):
    """The search over subclasses finds it; the table must know it."""
    assert any(entry.ops == (op,) for entry in CASES.values()), f"register a case for {op.__name__} in op_cases.py"
    assert home(op).ops == (op,)


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_every_call_makes_nodes_of_the_ops_that_its_case_names(name, data):
    """No case claims an op that it does not exercise."""
    call = data.draw(CASES[name].calls)
    made = {type(node) for node in nodes_behind(call.function(*leaves(call.inputs)))}
    assert made.issuperset(CASES[name].ops)


def test_every_public_function_and_operator_is_called_by_some_case():
    """What the cases run is watched while they run; `minigan.ops.__all__` and Tensor's operators must be among it."""
    called = set()

    @given(data=st.data())
    @settings(phases=[Phase.generate])
    def run_every_case(data):
        calls = [data.draw(entry.calls) for entry in CASES.values()]
        sys.setprofile(lambda frame, event, arg: called.add(frame.f_code))
        try:
            for call in calls:
                call.function(*leaves(call.inputs))
        finally:
            sys.setprofile(None)

    run_every_case()
    operators = [f"__{side}{name}__" for name in ("add", "sub", "mul", "truediv") for side in ("", "r")]
    methods = [
        *operators,
        *["__neg__", "__pow__", "__matmul__", "__getitem__", "reshape", "transpose", "broadcast_to", "sum", "mean"],
    ]
    wanted = [getattr(ops, name) for name in ops.__all__] + [getattr(Tensor, name) for name in methods]
    missing = [function.__name__ for function in wanted if function.__code__ not in called]
    assert not missing, f"no case calls {missing}"


def test_every_algorithm_of_convolution_is_in_the_table():
    """All that derive from Algorithm, and each is what `choose` picks for some geometry of `CHOICES`.

    Minimal filtering is in the table with both sizes of its tiles; when it is chosen is seen in `test_compiled.py`.
    """
    found, stack = set(), [Algorithm]
    while stack:
        derived = stack.pop().__subclasses__()
        stack += derived
        found.update(derived)
    assert found - {MinimalFiltering} == ALGORITHMS.keys()
    assert found - {MinimalFiltering, Tiles2, Tiles4} == CHOICES.keys()


@pytest.mark.parametrize("op", all_ops())
def test_every_op_states_its_formula(op):
    """The docstring of an op is what notebooks and graph pictures print: y = …, then the gradient."""
    assert "=" in op.__doc__.splitlines()[0]
    assert "∂L/∂" in op.__doc__
