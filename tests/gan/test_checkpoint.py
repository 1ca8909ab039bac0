"""Checkpoints contain the complete state of a run, execute no code, and other files are refused."""

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.archives import read_archive, write_archive
from minigan.errors import BadInput, DeviceError, Diverged
from minigan.evaluate.judges import load_judge, shipped_judge
from minigan.files import shipped
from minigan.gan import Config, Run, draw_samples, load_run, pretrained_names, save_run
from minigan.gan import checkpoint as checkpoints
from minigan.gan.earlier_versions import old_names
from minigan.tensor import Tensor
from tests.support import ROOT

CONFIG = Config(width=4, latent=6, batch_size=4)


def trained_run() -> Run:
    run = Run(CONFIG)
    rng = np.random.default_rng(3)
    for _ in range(2):
        real = Tensor(rng.uniform(-1, 1, (4, 28, 28, 1)).astype(np.float32))
        run.game.step(real, Tensor(rng.standard_normal((4, 6), np.float32)))
    run.epoch, run.batch, run.step, run.fingerprint = 1, 2, 3, "abc"
    run.rng.standard_normal(5)
    return run


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "checkpoint.npz"
    save_run(path, trained_run())
    return path


def state(run: Run) -> dict[str, np.ndarray]:
    game = run.game
    owners = [game.generator, game.discriminator, game.generator_adam, game.discriminator_adam]
    return {f"{i}.{name}": x for i, owner in enumerate(owners) for name, x in owner.state_dict().items()}


def test_round_trip(saved):
    one, two = trained_run(), load_run(saved)
    assert (two.config, two.epoch, two.batch, two.step, two.fingerprint) == (CONFIG, 1, 2, 3, "abc")
    assert one.rng.bit_generator.state == two.rng.bit_generator.state
    before, after = state(one), state(two)
    assert before.keys() == after.keys()
    for name in before:
        assert before[name].dtype == after[name].dtype
        np.testing.assert_array_equal(before[name], after[name], err_msg=name)


def test_saving_does_not_change_the_run(tmp_path):
    run = trained_run()
    before = {name: (x, x.data, x.data.copy()) for name, x in run.generator.named_tensors()}
    save_run(tmp_path / "c.npz", run)
    for name, x in run.generator.named_tensors():
        assert before[name][0] is x
        assert before[name][1] is x.data
        np.testing.assert_array_equal(before[name][2], x.data)


def rewritten(path, change):
    """The checkpoint with its header changed by `change(header)`."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(arrays["header"].tobytes())
    change(header)
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(path, **arrays)
    return path


def test_damaged_files_are_refused(saved, tmp_path):
    content = saved.read_bytes()

    def refusal(content: bytes) -> str:
        path = tmp_path / "bad.npz"
        path.write_bytes(content)
        with pytest.raises(BadInput, match=r"bad\.npz: ") as error:
            load_run(path)
        return str(error.value)

    assert "damaged" in refusal(b"")
    assert "damaged" in refusal(b"PK\3\4" + bytes(50))
    for cut in (1, 100, len(content) // 2, len(content) - 10):
        assert "damaged" in refusal(content[:-cut])
    assert "damaged" in refusal(np_bytes(np.zeros(3)))
    other = io.BytesIO()
    np.savez(other, x=np.zeros(3))
    assert "not the checkpoint.npz of a run" in refusal(other.getvalue())
    with pytest.raises(BadInput, match="no such file; expected the checkpoint"):
        load_run(tmp_path / "nothing.npz")
    known = ", ".join(pretrained_names())
    with pytest.raises(BadInput, match=f"pretrained:nothing: no such weights .* expected pretrained:NAME of: {known}$"):
        load_run("pretrained:nothing")
    with pytest.raises(DeviceError, match=r"^expected device .*, got 'tpu'$"):  # the file has no part in it
        load_run(saved, "tpu")


def np_bytes(array) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@settings(max_examples=100)
@given(at=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
def test_a_flipped_byte_is_refused_or_changes_nothing(saved_once, at, bits):
    """At any position: a BadInput or, in bytes that zip does not use, the same run as before."""
    path, content = saved_once
    flipped = bytearray(content)
    flipped[int(at * len(content))] ^= bits
    path.write_bytes(bytes(flipped))
    try:
        run = load_run(path)
    except BadInput:
        return
    for name, x in state(trained_run()).items():
        np.testing.assert_array_equal(state(run)[name], x)


@pytest.fixture(scope="module")
def saved_once(tmp_path_factory):
    path = tmp_path_factory.mktemp("flipped") / "checkpoint.npz"
    save_run(path, trained_run())
    return path, path.read_bytes()


def test_numbers_that_are_not_finite_are_not_saved(saved):
    """In networks, Adam's moments or running statistics."""
    before, run = saved.read_bytes(), trained_run()
    run.game.discriminator_adam.state[3]["v"][0] = np.inf
    with pytest.raises(Diverged, match=r"discriminator_adam/3\.v is not finite after step 3"):
        save_run(saved, run)
    assert saved.read_bytes() == before


def test_another_version_or_architecture_is_refused(saved, tmp_path):
    content = saved.read_bytes()

    def refusal(change) -> str:
        path = tmp_path / "bad.npz"
        path.write_bytes(content)
        with pytest.raises(BadInput) as error:
            load_run(rewritten(path, change))
        return str(error.value)

    assert "version 99, this program reads version 2 and 3" in refusal(lambda h: h.update(version=99))
    assert "not a minigan checkpoint" in refusal(lambda h: h.update(format="other"))
    assert "state_dict does not fit" in refusal(lambda h: h["config"].update(width=8))
    assert "does not fit" in refusal(lambda h: h["config"].update(image_size=64))
    assert "unknown setting later, other: " in refusal(lambda h: h["config"].update(other=1, later=2))
    assert "latent is 'many'" in refusal(lambda h: h["config"].update(latent="many"))
    assert "above 0" in refusal(lambda h: h["config"].update(latent=-1))
    assert "rng" in refusal(lambda h: h.pop("rng"))


def test_nothing_is_pickled(saved, tmp_path):
    """We write no arrays of objects, and a file with one is refused without executing its pickle."""
    with zipfile.ZipFile(saved) as archive:
        assert all(name.endswith(".npy") for name in archive.namelist())
    with np.load(saved, allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)

    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("a checkpoint executed code",))

    with np.load(saved) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["generator/net.layers.0.weight"] = np.array([Bomb()], dtype=object)
    path = tmp_path / "bomb.npz"
    np.savez(path, **arrays)
    with pytest.raises(BadInput, match="damaged"):
        load_run(path)


def test_a_failed_write_keeps_the_old_checkpoint(saved, monkeypatch):
    before = saved.read_bytes()

    def fail(file, **arrays):
        file.write(b"incomplete")
        raise OSError("No space left on device")

    monkeypatch.setattr(checkpoints.np, "savez", fail)
    with pytest.raises(OSError, match="No space"):
        save_run(saved, trained_run())
    assert saved.read_bytes() == before


FILES = ROOT / "tests" / "support" / "files"


@pytest.mark.parametrize("name", ["dcgan", "batchnorm"])
def test_a_checkpoint_of_version_2_is_read(name, tmp_path):
    """From before activations were separate layers and the loss was a setting: it draws the same images as then.

    It was trained by `minigan.train mnist --hold-out 58720 --epochs 2 --latent 4 --width 2 --average 0.9 --lr 0.01`,
    the second one with `--ablate batchnorm`.
    """
    run = load_run(FILES / f"version_2_{name}.npz")
    assert run.config.loss == "non-saturating"
    drawn, _ = draw_samples(run, 4, seed=3)
    before = np.load(FILES / f"version_2_{name}.drawn.npy")
    assert before.std() > 30
    assert np.abs(drawn.astype(int) - before).max() <= 1  # rounding, where products are added in another order
    save_run(tmp_path / "current.npz", run)
    assert all((x == y).all() for x, y in zip(arrays_of(run), arrays_of(load_run(tmp_path / "current.npz"))))


def test_a_judge_of_version_1_is_read(tmp_path):
    judge = shipped_judge("mnist", 28)
    header, arrays = read_archive(shipped("evaluate") / "mnist.npz", "minigan judge", (2,), "a judge")
    old = {old: arrays[name] for name, old in old_names(judge).items()}
    assert old.keys() != arrays.keys()
    write_archive(tmp_path / "old.npz", {**header, "version": 1}, old)
    loaded = load_judge(tmp_path / "old.npz").state_dict()
    assert all((loaded[name] == x).all() for name, x in judge.state_dict().items())


def test_a_missing_setting_gets_its_default(saved, tmp_path):
    path = tmp_path / "older.npz"
    path.write_bytes(saved.read_bytes())
    run = load_run(rewritten(path, lambda h: [h["config"].pop(name) for name in ("loss", "score_every", "average")]))
    assert (run.config.loss, run.config.score_every, run.config.average) == ("non-saturating", 0, 0.0)


def arrays_of(run):
    """All arrays of a run."""
    networks = run.generator, run.sampling_generator, run.game.discriminator
    owners = *networks, run.game.generator_adam, run.game.discriminator_adam
    return [x for owner in owners for x in owner.state_dict().values()]
