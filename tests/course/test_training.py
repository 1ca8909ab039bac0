"""The DCGAN trains with the functions of right solutions, alone and all together."""

from pathlib import Path

import pytest

from minigan.course.assignment import NAMES, find_assignment
from minigan.course.seams import changes_of, plugged
from minigan.course.training import clash, load_module, train_with
from minigan.errors import BadInput
from minigan.gan import Config

HERE = Path(__file__).parent
SMALL = Config(source="mnist", hidden=True, width=4, latent=8, epochs=1, batch_size=8, lr=1e-3)
UNUSED = [name for name in NAMES if not find_assignment(name).trains]


def student(name: str):
    """The module of a right solution."""
    return load_module(find_assignment(name), sorted((HERE / name).glob("right_*.py"))[0].read_text("utf-8"))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in UNUSED])
def test_every_call_is_the_students(name):
    outcome = train_with({name: student(name)}, 2, config=SMALL)
    assert outcome.all_calls == outcome.yours
    assert outcome.yours
    assert all(count > 0 for count in outcome.yours.values())
    if name in ("a08", "a09", "a10b"):  # what moves the weights by the gradients, or asks for them
        assert outcome.distance is None
    else:
        assert outcome.distance < 1e-9
    assert outcome.images.shape == (64, 28, 28, 1)


def test_all_together():
    names = [name for name in NAMES if name not in (*UNUSED, "a10b")]
    students = {name: student(name) for name in names}
    assert clash(students) is None
    outcome = train_with(students, 2, config=SMALL)
    assert outcome.all_calls == +outcome.yours
    assert len(outcome.all_calls) >= len(names)
    assert outcome.distance < 1e-9


def test_a_critic_is_ahead_of_its_generator():
    """With WGAN-GP, G learns in every third step: so the other students' functions are called less often."""
    outcome = train_with({name: student(name) for name in ("a05", "a08", "a10b")}, 4, config=SMALL)
    assert outcome.all_calls == outcome.yours
    assert outcome.yours["steps of Adam"] == 4 + 1
    assert clash({name: student(name) for name in ("a05", "a09", "a10b")}) == ("a09", "a10b")


def test_everything_is_put_back():
    """After training, and after an exception in it."""
    module = student("a05")
    (change,) = changes_of("a05", module)
    before = getattr(change.owner, change.name)
    with plugged([change]):
        assert getattr(change.owner, change.name) is not before
    with pytest.raises(ZeroDivisionError), plugged([change]):
        _ = 1 / 0
    assert getattr(change.owner, change.name) is before


def test_a_wrong_gradient_is_seen():
    wrong = load_module(find_assignment("a05"), (HERE / "a05" / "wrong_overlap.py").read_text("utf-8"))
    assert train_with({"a05": wrong}, 1, config=SMALL).distance > 1e-3


def test_a_file_that_raises_is_named():
    with pytest.raises(BadInput, match=r"a05.py, line 2: ZeroDivisionError: division by zero"):
        load_module(find_assignment("a05"), "x = 1\nx / 0\n")
