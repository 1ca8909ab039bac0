"""Files from strangers: whatever they hold, one line that names them, little memory, nothing started or overwritten."""

import gzip
import io
import json
import os
import resource
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from minigan import archives
from minigan.archives import read_archive, write_archive
from minigan.commands import cache, export, sample, train
from minigan.data import crops, load_dataset
from minigan.data.idx import read_idx
from minigan.data.pictures import BrokenPicture, read_crop, read_upright
from minigan.errors import BadInput, printable
from minigan.explore.masks import load_mask
from minigan.files import write_new
from minigan.gan import Config, Run, load_run, save_run
from minigan.stepper.svg import Svg
from tests.support.commands import refused
from tests.support.idx_files import idx_bytes
from tests.support.mutations import read_damaged
from tests.support.picture_files import encode, noise, write_celeba

CONFIG = Config(width=4, latent=6, batch_size=4)
SMALL = ["--image-size", "28", "--epochs", "1", "--width", "4"]


@pytest.fixture
def saved(tmp_path):
    save_run(tmp_path / "checkpoint.npz", Run(CONFIG))
    return tmp_path / "checkpoint.npz"


def npy(shape, dtype="<f4", data=b"") -> bytes:
    """An NPY file that declares a shape, whatever follows."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return file.getvalue() + data


def header(**more) -> bytes:
    text = json.dumps({"format": "f", "version": 1, **more}).encode()
    return npy((len(text),), "|u1", text)


def zipped(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


# -- archives ---------------------------------------------------------------------------------------------------------


def overlapping(path):
    """Many names for the same bytes, as a zip bomb has them."""
    zipped(path, [("header.npy", header()), ("a.npy", npy((4,), data=bytes(16)))])
    data = bytearray(path.read_bytes())
    start = data.rindex(b"PK\x01\x02")
    entry, end = bytes(data[start : data.rindex(b"PK\x05\x06")]), bytes(data[data.rindex(b"PK\x05\x06") :])
    more = [entry.replace(b"a.npy", bytes([c]) + b".npy") for c in b"bcdefg"]
    count = 2 + len(more)
    end = (
        end[:8]
        + struct.pack("<HHI", count, count, len(data) - len(end) - data.index(b"PK\x01\x02") + 6 * len(entry))
        + end[16:]
    )
    path.write_bytes(bytes(data[: len(data) - len(end)]) + b"".join(more) + end)


ARCHIVES = {
    "many members": lambda p: zipped(p, [("header.npy", header()), *((f"{i}.npy", b"") for i in range(12_000))]),
    "a deflate bomb": lambda p: zipped(
        p, [("header.npy", header()), ("a.npy", npy((50_000_000,), "|u1", bytes(50_000_000)))], zipfile.ZIP_DEFLATED
    ),
    "twice the same name": lambda p: zipped(p, [("header.npy", header()), ("a.npy", b"1"), ("a.npy", b"2")]),
    "bytes shared": overlapping,
    "more than there is": lambda p: zipped(p, [("header.npy", header()), ("a.npy", npy((10**12,)))]),
    "fewer than there are": lambda p: zipped(p, [("header.npy", header()), ("a.npy", npy((1,), data=bytes(400)))]),
    "a negative shape": lambda p: zipped(p, [("header.npy", header()), ("a.npy", npy((-1, -1), data=bytes(4)))]),
    "objects": lambda p: zipped(p, [("header.npy", header()), ("a.npy", npy((1,), "|O", b"cos\nsystem\n."))]),
    "no magic": lambda p: zipped(p, [("header.npy", header()), ("a.npy", b"\0" * 200)]),
    "no header": lambda p: zipped(p, [("a.npy", npy((1,), data=bytes(4)))]),
    "an endless header": lambda p: zipped(p, [("header.npy", npy((10**9,), "|u1"))]),
    "another compression": lambda p: zipped(p, [("header.npy", header())], zipfile.ZIP_LZMA),
    "not finite": lambda p: zipped(p, [("header.npy", header()), ("a.npy", npy((1,), data=b"\0\0\xc0\x7f"))]),
    "no zip": lambda p: p.write_bytes(b"PK\5\6" + bytes(3)),
    "empty": lambda p: p.write_bytes(b""),
    "a folder": lambda p: p.mkdir(),
    "a pipe": os.mkfifo,
    "a device": lambda p: p.symlink_to("/dev/zero"),
    "a loop": lambda p: p.symlink_to(p),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_archives_that_lie_are_refused_at_once(tmp_path, kind):
    """With the name of the file, and with no memory taken for what is declared."""
    path = tmp_path / "x.npz"
    ARCHIVES[kind](path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadInput, match=r"x\.npz: "):
        read_archive(path, "f", (1,), "an f")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_an_archive_of_zeros_is_read(tmp_path):
    """They deflate a thousandfold; below 1 MiB that is no bomb."""
    write_archive(
        tmp_path / "x.npz", {"format": "f", "version": 1}, {"a": np.zeros(250_000, np.float32)}, compress=True
    )
    _, arrays = read_archive(tmp_path / "x.npz", "f", (1,), "an f")
    assert arrays["a"].shape == (250_000,)
    assert archives.SMALL == 1 << 20


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=6))
@settings(max_examples=60)
def test_changed_bytes_are_refused_or_harmless(changes):
    """Of a checkpoint: BadInput, or the run as it was (in a few bytes of a zip nothing is written)."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.npz"
        run = Run(CONFIG)
        save_run(path, run)
        data = bytearray(path.read_bytes())
        for place, change in changes:
            data[place % len(data)] ^= change
        path.write_bytes(data)
        try:
            loaded = load_run(path)
        except BadInput:
            return
        for (_, a), (_, b) in zip(run.generator.named_tensors(), loaded.generator.named_tensors()):
            np.testing.assert_array_equal(a.numpy(), b.numpy())


def changed(path, **settings):
    """The checkpoint with other entries in its header; `config__x` are settings of the configuration."""
    with np.load(path) as archive:
        arrays = dict(archive)
    head = json.loads(arrays.pop("header").tobytes())
    for name, value in settings.items():
        if name.startswith("config__"):
            head["config"][name.removeprefix("config__")] = value
        elif name.startswith("steps__"):
            arrays[f"{name.removeprefix('steps__')}/steps"] = value
        else:
            head[name] = value
    write_archive(path, head, arrays)


LIES = [
    {"step": 2**63}, {"step": -1}, {"epoch": 10**30}, {"batch": "many"}, {"config__latent": 10**5},
    {"config__width": 10**5}, {"config__classes": 10**5}, {"config__latent": 10**12}, {"config__hold_out": -5},
    {"config__source": "unknown"}, {"config__lr": 1e400}, {"config__attribute_count": 10**12},
    {"config__hidden": True, "config__hidden_units": 10**12}, {"steps__generator_adam": np.array(-1)},
    {"config__hidden": True, "config__d_hidden_units": 10**12},
    {"steps__generator_adam": np.array(2**64 - 1, np.uint64)}, {"steps__discriminator_adam": np.array(1.5)},
    {"rng": {"bit_generator": "os.system"}}, {"config": [1]}, {"version": 99}, {"holds": 7, "config__image_size": 30},
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=str)
@pytest.mark.parametrize("command", [sample, export, train])
def test_headers_that_lie_are_refused(here, saved, capsys, lie, command):
    """By every command that reads a checkpoint."""
    changed(saved, **lie)
    argv = {sample: [saved], export: [saved, "--out", "x.npz"], train: ["mnist", "--resume", saved.parent]}[command]
    assert "checkpoint.npz: " in refused(capsys, command, *argv)


# -- pictures ---------------------------------------------------------------------------------------------------------

PROGRAM = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n(started) = showpage\n%%EOF\n"


def large_png(side: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (side, side), 255).save(file, "PNG")
    return file.getvalue()


PICTURES = {
    "PostScript": lambda p: p.write_bytes(PROGRAM),
    "a small file of many pixels": lambda p: p.write_bytes(large_png(9000)),
    "a pipe": os.mkfifo,
    "a device": lambda p: p.symlink_to("/dev/zero"),
    "empty": lambda p: p.write_bytes(b""),
    "cut off": lambda p: p.write_bytes(encode(noise(64, 64), "PNG")[:900]),
    "an animation that lies": lambda p: p.write_bytes(encode(noise(8, 8), "PNG").replace(b"IDAT", b"acTL", 1)),
    "numbers": lambda p: Image.fromarray(np.ones((8, 8), np.float32)).save(p, "TIFF"),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_one_reader_refuses_them_for_crops_and_masks(tmp_path, kind, monkeypatch):
    path = tmp_path / "m.png"
    PICTURES[kind](path)
    monkeypatch.setattr(subprocess, "check_call", lambda *_, **__: pytest.fail("a program was started"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BrokenPicture):
        read_crop(path, 8)
    if kind != "numbers":
        with pytest.raises(BrokenPicture):
            read_upright(path)
        with pytest.raises(BadInput, match=r"--mask: .*m\.png: cannot be read"):
            load_mask(path, 8)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


def test_a_mask_is_turned_upright(tmp_path):
    """As cameras store it: the left half black, and a note to turn it."""
    pixels = np.full((8, 8), 255, np.uint8)
    pixels[:, :4] = 0
    exif = Image.Exif()
    exif[0x0112] = 6  # stored turned to the left: shown, what is left becomes the top
    Image.fromarray(pixels).save(tmp_path / "m.png", exif=exif)
    assert load_mask(tmp_path / "m.png", 8).tolist() == [[False] * 8] * 4 + [[True] * 8] * 4


@pytest.mark.parametrize(("value", "known"), [(20_000, False), (40_000, True)])
def test_a_mask_of_16_bits(tmp_path, value, known):
    """A grey of 20,000 of 65,535 is as dark as 78 of 255."""
    pixels = np.full((8, 8), value, np.uint16)
    pixels[0] = 65_535 if not known else 0
    Image.fromarray(pixels).save(tmp_path / "m.png")
    assert load_mask(tmp_path / "m.png", 8)[1:].tolist() == [[known] * 8] * 7


def test_of_a_photo_that_is_erased_in_part_only_that_is_removed(tmp_path):
    """Its dark parts are known; opacity alone decides where there is any."""
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[:, :4] = 0
    Image.fromarray(pixels).save(tmp_path / "m.png")
    assert load_mask(tmp_path / "m.png", 8).tolist() == [[False] * 4 + [True] * 4] * 8


def test_12_bits_in_a_picture_of_16(tmp_path):
    """A camera's 4,000 of 4,095 is nearly white; 16 bits stay as they are."""
    for value, most, expected in [(4_000, 4_000, 250), (4_000, 65_535, 15)]:
        pixels = np.full((8, 8), value, np.uint16)
        pixels[0, 0] = most
        Image.fromarray(pixels).save(tmp_path / "p.png")
        assert read_crop(tmp_path / "p.png", 8)[4, 4, 0] == expected


@pytest.mark.parametrize("kind", ["GIF", "TIFF"])
def test_of_several_pictures_in_a_file_the_first_is_read(tmp_path, kind):
    first, second = Image.new("L", (8, 8), 200), Image.new("L", (8, 8), 10)
    first.save(tmp_path / "x", kind, save_all=True, append_images=[second])
    assert (read_crop(tmp_path / "x", 4) == 200).all()


# -- IDX --------------------------------------------------------------------------------------------------------------


def test_a_gzip_bomb_is_refused(tmp_path):
    raw = idx_bytes(np.zeros((1000, 28, 28), np.uint8))
    (tmp_path / "x.gz").write_bytes(gzip.compress(raw + bytes(40_000_000)))
    with pytest.raises(BadInput, match=r"x\.gz: becomes more than 100 times as large"):
        read_idx(tmp_path / "x.gz")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda p: p.symlink_to("/dev/zero")])
def test_only_regular_files_are_read(tmp_path, make):
    make(tmp_path / "x")
    with pytest.raises(BadInput, match=r"x: cannot be read \(not a regular file\)"):
        read_idx(tmp_path / "x")


IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
LAYOUTS = {
    "as MNIST's": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "gzipped": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "labels gzipped alone": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"),
    "with a dot": ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
    "short": ("train-images.idx3", "train-labels.idx1"),
    "in folders of their names": (f"{IMAGES}/{IMAGES}", f"{LABELS}/{LABELS}"),
    "EMNIST's": ("emnist-letters-train-images-idx3-ubyte.gz", "emnist-letters-train-labels-idx1-ubyte.gz"),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_idx_files_as_they_are_packed(tmp_path, layout):
    """Images and labels are found; what a Mac leaves beside them is not taken for one."""
    images, labels = (
        np.arange(2 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(2, 28, 28),
        np.array([3, 1], np.uint8),
    )
    for name, array in zip(LAYOUTS[layout], (images, labels)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        stored = array.transpose(0, 2, 1) if array.ndim == 3 and name.startswith("emnist-") else array
        data = idx_bytes(np.ascontiguousarray(stored))  # EMNIST exchanges rows and columns
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        (path.parent / f"._{path.name}").write_bytes(b"Mac OS X")
    data = load_dataset("mnist", tmp_path, 28)
    np.testing.assert_array_equal(data.images[..., 0], images)
    assert [data.label_names[i] for i in data.labels] == ["3", "1"]


def test_all_of_emnist_in_one_folder_is_told_apart(tmp_path):
    for split in ("letters", "digits"):
        (tmp_path / f"emnist-{split}-train-images-idx3-ubyte").write_bytes(b"")
    with pytest.raises(BadInput, match="found emnist-digits-train-images-idx3-ubyte, emnist-letters-train"):
        load_dataset("mnist", tmp_path, 28)


# -- folders ----------------------------------------------------------------------------------------------------------


def write_pictures(folder, count, suffix=".png"):
    folder.mkdir(exist_ok=True)
    for i in range(count):
        Image.new("RGB", (8, 8), (i, 0, 0)).save(folder / f"{i:02d}{suffix}")


def test_what_is_not_read_is_counted(here, capsys):
    write_pictures(here / "p", 12)
    for i in range(103):
        (here / "p" / f"{i}.{'txt' if i < 100 else 'mp4'}").write_text("")
    (here / "p" / "README").write_text("")
    train.main(
        ["folder", "--data-dir", "p", "--image-size", "28", "--epochs", "1", "--width", "4", "--batch-size", "6"]
    )
    said = capsys.readouterr().err
    assert "12 pictures; no pictures by their names, and not read: 3 .mp4, 100 .txt, 1 no suffix" in said


def test_all_broken_pictures_are_named(here, capsys):
    write_pictures(here / "p", 22)
    for i in range(10):
        (here / "p" / f"{i:02d}.png").write_bytes(b"no picture")
    said = refused(capsys, train, "folder", "--data-dir", "p")
    assert "10 of 22 pictures cannot be read" in said
    assert all(f"{i:02d}.png" in said for i in range(10))


def test_names_do_not_control_the_terminal(here, capsys):
    write_pictures(here / "p", 200)
    (here / "p" / "\x1b[2Jred\nerror: x.png").write_bytes(b"no picture")
    train.main(
        ["folder", "--data-dir", "p", "--image-size", "28", "--epochs", "1", "--width", "4", "--batch-size", "100"]
    )
    said = capsys.readouterr().err
    assert r"\x1b[2Jred\nerror: x.png" in said
    assert "\x1b" not in said
    assert printable("ä\tß\0") == r"ä\tß\x00"
    assert str(BadInput("a\nb\x1b")) == r"a\nb\x1b"


def test_a_picture_in_svg_is_well_formed_whatever_it_says():
    from xml.etree import ElementTree

    picture = Svg(10, 10)
    picture.text(0, 0, "a\x00b\x1b[2J<&>")
    assert ElementTree.fromstring(str(picture))[0].text == "a\ufffdb\ufffd[2J<&>"


# -- the cache of crops -----------------------------------------------------------------------------------------------


def test_a_changed_byte_in_the_cache_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_pictures(tmp_path / "p", 5)
    right = load_dataset("folder", tmp_path / "p", 8).images[:]
    (path,) = crops.cache_folder().glob("*/images")
    data = bytearray(path.read_bytes())
    data[7] ^= 1
    path.write_bytes(data)
    np.testing.assert_array_equal(load_dataset("folder", tmp_path / "p", 8).images[:], right)


def test_a_cache_that_is_cut_off_meanwhile_is_an_error_with_a_name(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_pictures(tmp_path / "p", 5)
    images = load_dataset("folder", tmp_path / "p", 8).images
    (path,) = crops.cache_folder().glob("*/images")
    os.truncate(path, 100)
    with pytest.raises(OSError, match=r"cut off while it was read.*images"):
        images[np.array([0, 4])]


# -- names of results -------------------------------------------------------------------------------------------------


def test_of_several_processes_each_gets_a_number(here, saved):
    """`sample` without --out, four at once."""
    command = [sys.executable, "-m", "minigan.sample", str(saved), "--count", "1"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = sorted(process.communicate()[0].split(":")[0] for process in running)
    assert said == [f"Wrote samples-00{i}.png" for i in (1, 2, 3, 4)]


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path):
    (tmp_path / "x").write_text("mine")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "x", lambda file: file.write(b"new"))
    assert (tmp_path / "x").read_text() == "mine"

    def fail(_):
        raise ValueError

    with pytest.raises(ValueError):
        write_new(tmp_path / "y", fail)
    assert not (tmp_path / "y").exists()


def test_the_cache_is_listed_and_cleared(here, monkeypatch, capsys):
    """`python -m minigan cache`: nothing else is removed, and the pictures are decoded again when needed."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(here / "cache"))
    assert cache.main([]) == 0
    write_pictures(here / "p", 5)
    right = load_dataset("folder", here / "p", 8).images[:]
    (here / "cache" / "minigan" / "note.txt").write_text("mine")
    assert cache.main([]) == 0
    assert "1 entries, 0.0 MiB, in cache/minigan" in capsys.readouterr().out
    assert cache.main(["--clear"]) == 0
    assert [path.name for path in (here / "cache" / "minigan").iterdir()] == ["note.txt"]
    np.testing.assert_array_equal(load_dataset("folder", here / "p", 8).images[:], right)


# -- other editions of CelebA -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", ["PNG", "Kaggle", "Kaggle, PNG"])
def test_other_editions_of_celeba(tmp_path, edition):
    """Faces in PNG files, beside attributes that name JPEGs; attributes as CSV, and the folder in one of its name."""
    write_celeba(tmp_path, 6)
    expected = load_dataset("celeba", tmp_path, 16)
    faces, attributes = tmp_path / "img_align_celeba", tmp_path / "list_attr_celeba.txt"
    if "PNG" in edition:
        (tmp_path / "img_align_celeba_png").mkdir()
        for path in sorted(faces.iterdir()):
            with Image.open(path) as image:
                image.save(tmp_path / "img_align_celeba_png" / f"{path.stem}.png")
            path.unlink()
        faces.rmdir()
        faces = tmp_path / "img_align_celeba_png"
    if "Kaggle" in edition:
        faces.rename(tmp_path / "moved")
        faces.mkdir()
        (tmp_path / "moved").rename(faces / faces.name)
        _, header, *lines = attributes.read_text().splitlines()
        rows = [",".join(line.split()) for line in (f"image_id {header}", *lines)]
        (tmp_path / "list_attr_celeba.csv").write_text("\n".join(rows) + "\n")
        attributes.unlink()
    found = load_dataset("celeba", tmp_path, 16)
    assert found.attribute_names == expected.attribute_names
    np.testing.assert_array_equal(found.attributes, expected.attributes)
    np.testing.assert_allclose(found.images[:], expected.images[:], atol=12)  # JPEG is decoded at half its size


def test_missing_faces_are_counted(tmp_path):
    """As an interrupted download leaves them: the attributes of all, and a part of the pictures."""
    write_celeba(tmp_path, 6)
    for i in (2, 5):
        (tmp_path / "img_align_celeba" / f"{i:06d}.jpg").unlink()
    data = load_dataset("celeba", tmp_path, 16)
    assert len(data) == 4
    assert list(data.notes) == ["2 of the 6 that list_attr_celeba.txt lists are not there"]


def test_imagenet_batches_without_images(tmp_path):
    np.savez(tmp_path / "train_data_batch_1.npz", data=np.zeros((0, 3072), np.uint8), labels=np.zeros(0, np.int64))
    with pytest.raises(BadInput, match="the batches hold no images"):
        load_dataset("imagenet", tmp_path, 32)


@pytest.mark.parametrize(
    "about",
    [
        [],
        {},
        {"shape": [-5, -8, 8, 3]},
        {"shape": "5883"},
        {"shape": [5, 8, 8.0, 3]},
        {"broken": [7]},
        {"digest": None},
    ],
)
def test_a_damaged_index_of_the_cache_is_made_again(tmp_path, monkeypatch, about):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_pictures(tmp_path / "p", 5)
    right = load_dataset("folder", tmp_path / "p", 8).images[:]
    (path,) = crops.cache_folder().glob("*/about.json")
    whole = json.loads(path.read_text())
    path.write_text(json.dumps({**whole, **about} if about and isinstance(about, dict) else about))
    np.testing.assert_array_equal(load_dataset("folder", tmp_path / "p", 8).images[:], right)


def test_weights_that_are_too_large_are_not_blamed_on_the_learning_rate(here, capsys):
    options = ["--epochs", "9", "--width", "4", "--batch-size", "1000", "--hold-out", "58000"]
    assert train.main(["mnist", *options[2:], "--epochs", "1", "--out", "run"]) == 0
    path = here / "run" / "checkpoint.npz"
    with np.load(path) as archive:
        arrays = dict(archive)
    head = json.loads(arrays.pop("header").tobytes())
    arrays |= {name: np.full_like(x, 1e30) for name, x in arrays.items() if name.endswith("weight")}
    write_archive(path, head, arrays)
    assert train.main(["mnist", "--resume", "run", "--epochs", "2"]) == 1
    assert "It may hold numbers that are too large" in capsys.readouterr().err


def test_damaged_files_of_every_format_are_read_or_refused():
    """The small budget; `python -m tests.campaign` has a large one."""
    results, wrong = read_damaged(40, 0)
    assert not wrong
    assert len(results) > 15
    assert all(sum(counts.values()) == 40 for counts in results.values())
