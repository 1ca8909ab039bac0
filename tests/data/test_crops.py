"""Folders of pictures: which are found, which are skipped, and that the cache on disk is always correct."""

import json
import os
import shutil
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from minigan.commands import train
from minigan.data import crops, load_dataset
from minigan.data.crops import cached_crops, crops_of_files
from minigan.data.folder import find_pictures
from minigan.errors import BadInput, quiet
from tests.support.picture_files import encode, shade, shades, slow_process, without_root, write, write_shades


@pytest.fixture
def reads(monkeypatch):
    """The names of the pictures that are decoded, in the order in which decoding starts."""
    names = []
    read = crops.read_crop

    def note(path, *settings):
        names.append(path.name)
        return read(path, *settings)

    monkeypatch.setattr(crops, "read_crop", note)
    return names


def load(folder):
    return load_dataset("folder", folder, 32)


TREE = ["Z.bmp", "a.PNG", "b.png", "y.gif", "ä.webp", "sub/c.JpEg", "sub/deep/d.jfif", "sub/deep/e.TIFF"]


@pytest.mark.parametrize("names", [TREE, TREE[::-1]])
def test_pictures_are_found_in_the_order_of_their_names(tmp_path, names):
    others = [".hidden.png", ".git/x.png", "sub/notes.txt", "x.png.part", "y.psd", "png"]
    for name in [*names, *others]:
        write(tmp_path / "tree" / name, b"")
    assert [path.relative_to(tmp_path / "tree").as_posix() for path in find_pictures(tmp_path / "tree")] == TREE


def test_links_are_followed_and_every_folder_is_read_once(tmp_path):
    root = tmp_path / "tree"
    for name in ("a.png", "sub/b.png"):
        write(root / name, b"")
    write(tmp_path / "elsewhere" / "c.png", b"")
    (root / "sub" / "back").symlink_to(root)
    (root / "again").symlink_to(root / "sub")
    (root / "loop").symlink_to("loop")
    (root / "other").symlink_to(tmp_path / "elsewhere")
    (root / "d.png").symlink_to(tmp_path / "elsewhere" / "c.png")
    assert sorted(path.name for path in find_pictures(root)) == ["a.png", "b.png", "c.png", "d.png"]


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o111])
def test_the_error_names_a_folder_that_cannot_be_read(public, mode):
    write_shades(public / "tree" / "sub", 1)
    (public / "tree" / "sub").chmod(mode)
    with without_root(), pytest.raises(BadInput, match=r"sub.*Permission denied"):
        find_pictures(public / "tree")


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir(), lambda p: write(p / "a.txt", b""), Path.touch])
def test_the_error_names_a_folder_without_pictures(tmp_path, make):
    make(tmp_path / "empty")
    with pytest.raises(BadInput, match=r"empty: no (such folder|pictures in it or in its subfolders)"):
        load(tmp_path / "empty")


def test_a_folder_is_grey_if_all_its_pictures_are(tmp_path):
    write_shades(tmp_path / "rgb", 5, grey=True)
    for i in range(5):
        write(tmp_path / "grey" / f"{i:03d}.png", encode(Image.new("L", (8, 8), i), "PNG"))
    expected = np.repeat(np.arange(5), 32 * 32).reshape(5, 32, 32, 1)
    for name in ("rgb", "grey"):
        np.testing.assert_array_equal(load(tmp_path / name).images, expected)
    write(tmp_path / "grey" / "last.png", encode(Image.new("RGB", (8, 8), (1, 2, 3)), "PNG"))
    mixed = np.concatenate([np.repeat(expected, 3, -1), np.broadcast_to([1, 2, 3], (1, 32, 32, 3))])
    np.testing.assert_array_equal(load(tmp_path / "grey").images, mixed)


def test_a_broken_picture_is_skipped_and_reported(tmp_path):
    write_shades(tmp_path / "tree", 200, broken=[7, 120])
    for dataset in (load(tmp_path / "tree"), load(tmp_path / "tree")):  # decoded, and from the cache
        assert list(dataset.skipped) == ["007.png", "120.png"]
        assert "truncated" in dataset.skipped["007.png"]
        np.testing.assert_array_equal(dataset.images, shades(np.delete(np.arange(200), [7, 120]), 32))


@pytest.mark.parametrize(("count", "broken"), [(200, 3), (99, 1), (1, 1)])
def test_more_than_one_percent_of_broken_pictures_is_an_error(tmp_path, cache, count, broken):
    write_shades(tmp_path / "tree", count, broken=range(broken))
    message = rf"{broken} of {count} pictures cannot be read, more than 1%.*00{broken - 1}\.png"
    with pytest.raises(BadInput, match=message):
        load(tmp_path / "tree")
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("cores", [1, 2, 16])
def test_the_order_does_not_depend_on_the_number_of_cores(tmp_path, monkeypatch, cores):
    read = crops.read_crop

    def sometimes_slow(path, *settings):
        time.sleep(0.004 * (path.stem[-1] == "0"))
        return read(path, *settings)

    monkeypatch.setattr(crops, "read_crop", sometimes_slow)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    np.testing.assert_array_equal(load(write_shades(tmp_path / "tree", 60)).images, shades(range(60), 32))


def test_pictures_are_decoded_once(tmp_path, reads):
    first = load(write_shades(tmp_path / "tree", 5))
    assert sorted(reads) == [f"{i:03d}.png" for i in range(5)]
    (tmp_path / "tree").rename(tmp_path / "moved")
    again = load(tmp_path / "moved")
    assert len(reads) == 5
    np.testing.assert_array_equal(again.images, first.images)
    assert again.fingerprint() == first.fingerprint()


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: os.utime(tree / "001.png", ns=(0, (tree / "001.png").stat().st_mtime_ns + 1)),
        lambda tree: write(tree / "001.png", (tree / "001.png").read_bytes() + b"\0"),
        lambda tree: (tree / "001.png").rename(tree / "9.png"),
        lambda tree: (tree / "001.png").unlink(),
        lambda tree: shutil.copy2(tree / "001.png", tree / "9.png"),
    ],
    ids=["touched", "longer", "renamed", "removed", "added"],
)
def test_a_changed_folder_is_decoded_again(tmp_path, reads, change):
    load(write_shades(tmp_path / "tree", 3))
    change(tmp_path / "tree")
    reads.clear()
    load(tmp_path / "tree")
    assert sorted(reads) == sorted(path.name for path in (tmp_path / "tree").iterdir())


def test_each_size_and_crop_has_its_own_cache_entry(tmp_path, reads):
    paths = find_pictures(write_shades(tmp_path / "tree", 3))
    for settings in ({"size": 32}, {"size": 28}, {"size": 32, "crop": 4}, {"size": 32, "colour": True}):
        reads.clear()
        crops_of_files(paths, tmp_path / "tree", progress=quiet, **settings)
        assert len(reads) == 3


def test_a_picture_that_becomes_readable_is_no_longer_skipped(public, monkeypatch):
    """Permissions are not a property of the picture, so the cache must not remember them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(public / "cache"))
    write_shades(public / "tree", 100)
    (public / "tree" / "007.png").chmod(0)
    with without_root():
        assert load(public / "tree").skipped == {"007.png": "Permission denied"}
    (public / "tree" / "007.png").chmod(0o644)
    np.testing.assert_array_equal(load(public / "tree").images, shades(range(100), 32))


@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: os.truncate(entry / "images", 3 * 32 * 32 * 3 - 1),
        lambda entry: (entry / "images").unlink(),
        lambda entry: (entry / "about.json").unlink(),
        lambda entry: (entry / "about.json").write_bytes(b"\xff\0garbage"),
        lambda entry: (entry / "about.json").write_text("[]"),
        lambda entry: (entry / "about.json").write_text(json.dumps({"shape": [3, 32, 32, 3]})),
    ],
    ids=["truncated", "no images", "no description", "garbage", "a list", "incomplete"],
)
def test_a_damaged_cache_entry_is_replaced(tmp_path, cache, reads, damage):
    load(write_shades(tmp_path / "tree", 3))
    (entry,) = cache.iterdir()
    damage(entry)
    np.testing.assert_array_equal(load(tmp_path / "tree").images, shades(range(3), 32))
    load(tmp_path / "tree")
    assert len(reads) == 6
    assert list(cache.iterdir()) == [entry]


@pytest.mark.parametrize(("folder_age", "file_age", "kept"), [(4000, 4000, False), (60, 60, True), (4000, 60, True)])
def test_the_incomplete_entry_of_a_dead_process_is_removed(tmp_path, cache, folder_age, file_age, kept):
    """But not that of a live process that has been writing for over an hour: the folder's own time does not change."""
    images = write(cache / "abc.part" / "images", b"half")
    os.utime(images, (time.time() - file_age,) * 2)
    os.utime(images.parent, (time.time() - folder_age,) * 2)
    load(write_shades(tmp_path / "tree", 3))
    assert images.exists() == kept


def test_another_process_may_finish_while_we_check_its_entry(tmp_path, cache):
    """A dangling link, like its folder then, is listed but does not exist."""
    cache.mkdir(parents=True)
    (cache / "abc.part").symlink_to("nothing")
    assert len(load(write_shades(tmp_path / "tree", 3))) == 3


def test_a_slower_process_keeps_the_entry_of_a_faster_one(tmp_path, cache):
    """The faster process, and others, may be about to map the file."""
    finished = []

    def slower():
        cached_crops("key", ["a.png"], 32, lambda: shades([1], 32), quiet, colour=True)
        finished.append((cache / "key" / "images").stat().st_ino)
        yield from shades([1], 32)

    np.testing.assert_array_equal(cached_crops("key", ["a.png"], 32, slower, quiet, True).images, shades([1], 32))
    assert [(cache / "key" / "images").stat().st_ino] == finished


def test_kill_9_leaves_no_incomplete_entry(tmp_path, cache, reads):
    process = slow_process(write_shades(tmp_path / "tree", 100), tmp_path / "ready", 1)
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size for path in cache.glob("*.part/images")):
        assert process.poll() is None
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert [path.suffix for path in cache.iterdir()] == [".part"]
    np.testing.assert_array_equal(load(tmp_path / "tree").images, shades(range(100), 32))
    assert len(reads) == 100


def test_two_processes_decode_the_same_folder_at_once(tmp_path, cache):
    tree = write_shades(tmp_path / "tree", 20)
    both = [slow_process(tree, tmp_path / f"ready{i}", 2) for i in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert outputs == [load(tree).fingerprint() + "\n"] * 2
    assert [path.suffix for path in cache.iterdir()] == [""]


def test_a_full_disk_is_detected_before_decoding(tmp_path, cache, reads, monkeypatch):
    monkeypatch.setattr(crops.shutil, "disk_usage", lambda path: SimpleNamespace(free=2**19))
    with pytest.raises(BadInput, match=r"1 MiB needed, 0 MiB free; set XDG_CACHE_HOME to a folder with space"):
        load(write_shades(tmp_path / "tree", 400))
    assert reads == list(cache.iterdir()) == []


def test_the_error_names_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(write(tmp_path / "file", b"")))
    with pytest.raises(BadInput, match=r"file/minigan: cannot be written \(Not a directory\); set XDG_CACHE_HOME"):
        load(write_shades(tmp_path / "tree", 3))


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_interrupted_decoding_leaves_nothing(tmp_path, cache, monkeypatch, error):
    def interrupted(path, size, crop):
        raise error

    monkeypatch.setattr(crops, "read_crop", interrupted)
    with pytest.raises(error):
        load(write_shades(tmp_path / "tree", 3))
    assert list(cache.iterdir()) == []


def test_one_broken_picture_of_150_through_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    argv = ["folder", "--data-dir", str(write_shades(tmp_path / "tree", 150, broken=[33])), "--image-size", "28"]
    assert train.main([*argv, "--width", "2", "--latent", "4", "--batch-size", "50", "--epochs", "1"]) == 0
    assert "Skipped 1 of 150 pictures, which cannot be read:\n  033.png: " in capsys.readouterr().err


def test_folders_that_differ_only_in_content_are_cached_separately(tmp_path):
    """Names, sizes and times are the same, as after unpacking two archives."""
    for name, first in (("a", 0), ("b", 100)):
        for i in range(3):
            path = tmp_path / name / f"{i}.bmp"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(encode(Image.new("RGB", (8, 8), shade(first + i)), "BMP"))
            os.utime(path, (1e9, 1e9))
    one, two = (load(tmp_path / name).images[:] for name in "ab")
    assert (one != two).any()
