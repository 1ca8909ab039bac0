"""Faults that pass: once they are mended, or not the picture's, nothing of them may stay."""

import os
import shutil

import pytest

from minigan.data import load_dataset, pictures
from minigan.data.pictures import BrokenPicture, decode_crop, read_crop
from minigan.errors import BadInput
from tests.support import picture_files as files


def test_a_database_that_was_cut_off_and_is_fetched_again_can_be_opened(tmp_path):
    picture = files.encode(files.Image.new("RGB", (8, 8), (1, 2, 3)), "PNG")
    whole = files.write_lmdb(tmp_path / "whole", [picture] * 30)
    shutil.copytree(whole, tmp_path / "cut")
    os.truncate(tmp_path / "cut" / "data.mdb", 8192)
    with pytest.raises(BadInput, match="cut off; fetch it again") as kept:  # as a notebook keeps the last error
        load_dataset("lsun", tmp_path / "cut", 8)
    shutil.copy(whole / "data.mdb", tmp_path / "cut" / "data.mdb")
    assert len(load_dataset("lsun", tmp_path / "cut", 8)) == 30
    assert kept.value is not None


def test_an_enormous_file_is_refused_unread(tmp_path):
    with open(tmp_path / "huge.png", "wb") as file:
        file.truncate(50 * 2**30)  # takes no room on disk, and would take 50 GiB of memory
    with pytest.raises(BrokenPicture, match="53,687,091,200 bytes"):
        read_crop(tmp_path / "huge.png", 8)


def test_a_lack_of_memory_is_not_the_fault_of_the_picture(monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(pictures, "_to_8_bits", fail)
    with pytest.raises(MemoryError):
        decode_crop(files.encode(files.Image.new("L", (8, 8)), "PNG"), 8)
