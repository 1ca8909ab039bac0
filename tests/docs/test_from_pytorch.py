"""docs/from-pytorch.md: both columns of the comparison run, and the weights arrive in PyTorch and come back."""

import re

import numpy as np
import pytest

from minigan import check_gradients, nn
from minigan.gan import load_run
from tests.support import ROOT

torch = pytest.importorskip("torch", reason="compares with PyTorch: pip install '.[torch]'")

PAGE = (ROOT / "docs" / "from-pytorch.md").read_text("utf-8")


def run_lines(lines: list[str], names: dict) -> dict:
    """Run the lines of a column, in order; returns all names."""
    for line in lines:
        if 'to("cuda")' not in line:
            exec(line.replace("…", "pass").strip(), names)
    return names


def test_both_columns_run_and_agree_on_shapes(tmp_path):
    (table,) = re.findall(r"```text\n# PyTorch +# minigan\n(.*?)```", PAGE, re.DOTALL)
    middle = len(re.search(r"^# PyTorch +(?=# minigan)", PAGE, re.MULTILINE)[0])
    left, right = ([line[part] for line in table.splitlines()] for part in (slice(0, middle), slice(middle, None)))
    theirs = {"path": tmp_path / "theirs", "f": torch.tanh}
    theirs |= {"inputs": [torch.ones(2, dtype=torch.float64, requires_grad=True)], "model": torch.nn.Linear(1, 1)}
    ours = {"path": tmp_path / "ours.npz", "f": lambda x: x.tanh(), "arrays": [np.ones(2)]}
    ours |= {"model": nn.Linear(1, 1, rng=np.random.default_rng(0)), "check_gradients": check_gradients}
    theirs, ours = run_lines(left, theirs), run_lines(right, ours)
    assert tuple(theirs["y"].permute(0, 2, 3, 1).shape) == ours["y"].shape == (8, 16, 16, 16)
    assert tuple(theirs["g"].permute(0, 2, 3, 1).shape) == ours["g"].shape
    assert (tmp_path / "ours.npz").exists()


def test_every_name_of_the_table_exists():
    """On the right-hand side of the table of layers and functions."""
    from minigan import data, ops, optim

    rows = re.findall(r"^\| .* \| (.*) \|$", PAGE.split("## Name by name")[1].split("## Moving")[0], re.MULTILINE)
    names = set(re.findall(r"`((?:nn|ops|optim|data)\.\w+)", " ".join(rows)))
    assert len(names) >= 12
    for name in names:
        module, attribute = name.split(".")
        assert hasattr({"nn": nn, "ops": ops, "optim": optim, "data": data}[module], attribute), name


def test_weights_move_both_ways(capsys):
    """The images agree to rounding; D's logits, too, in training mode; and the weights come back bit for bit."""
    code = re.search(r"```python\n# move_weights.py\n(.*?)```", PAGE, re.DOTALL)[1]
    names: dict = {}
    exec(code, names)
    assert float(capsys.readouterr().out.split("by ")[1]) < 1e-5
    before, run = load_run("pretrained:pixel-faces"), names["run"]
    for name, tensor in before.generator.named_tensors():
        np.testing.assert_array_equal(dict(run.generator.named_tensors())[name].numpy(), tensor.numpy())
    images = np.random.default_rng(1).uniform(-1, 1, (8, 32, 32, 3)).astype(np.float32)
    judged = names["discriminator"](torch.tensor(images.transpose(0, 3, 1, 2))).flatten().detach().numpy()
    np.testing.assert_allclose(run.game.discriminator(names["Tensor"](images)).numpy(), judged, rtol=1e-3, atol=1e-3)
    for tensor in names["generator"].parameters():
        tensor.data.zero_()
    names["from_torch"](names["generator"], run.generator)
    assert not any(tensor.numpy().any() for tensor in run.generator.parameters())
