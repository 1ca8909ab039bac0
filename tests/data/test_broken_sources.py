"""Temporary failures: once the cause is gone, loading works again."""

import os
import shutil

import pytest

from minigan.data import load_dataset, pictures
from minigan.data.pictures import BrokenPicture, decode_crop, read_crop
from minigan.errors import BadInput
from tests.support import picture_files as files


def test_a_truncated_database_can_be_opened_after_it_is_downloaded_again(tmp_path):
    picture = files.encode(files.Image.new("RGB", (8, 8), (1, 2, 3)), "PNG")
    whole = files.write_lmdb(tmp_path / "whole", [picture] * 30)
    shutil.copytree(whole, tmp_path / "cut")
    os.truncate(tmp_path / "cut" / "data.mdb", 8192)
    with pytest.raises(BadInput, match="truncated; download it again") as kept:  # as a notebook keeps the last error
        load_dataset("lsun", tmp_path / "cut", 8)
    shutil.copy(whole / "data.mdb", tmp_path / "cut" / "data.mdb")
    assert len(load_dataset("lsun", tmp_path / "cut", 8)) == 30
    assert kept.value is not None


def test_a_huge_file_is_refused_without_reading_it(tmp_path):
    with open(tmp_path / "huge.png", "wb") as file:
        file.truncate(50 * 2**30)  # a sparse file: no space on disk, but 50 GiB in memory
    with pytest.raises(BrokenPicture, match="53,687,091,200 bytes"):
        read_crop(tmp_path / "huge.png", 8)


def test_running_out_of_memory_does_not_mark_a_picture_as_broken(monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(pictures, "_to_8_bits", fail)
    with pytest.raises(MemoryError):
        decode_crop(files.encode(files.Image.new("L", (8, 8)), "PNG"), 8)
