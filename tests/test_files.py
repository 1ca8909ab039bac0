"""Files: what is written, byte for byte, and what cannot be read."""

import pytest

from minigan.archives import read_archive
from minigan.errors import BadInput
from minigan.files import try_writing, write_csv


def test_a_table_is_plain_csv(tmp_path):
    """Lines end in a line break alone, on every system; what holds a comma is quoted; nothing else is left behind."""
    path = tmp_path / "table.csv"
    write_csv(path, ("name", "value"), [("μ", 1), ("a, b", 2.5)])
    assert path.read_bytes() == 'name,value\nμ,1\n"a, b",2.5\n'.encode()
    assert list(tmp_path.iterdir()) == [path]


def test_trying_to_write_leaves_nothing(tmp_path):
    try_writing(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        try_writing(tmp_path / "file")


def test_an_archive_that_the_system_does_not_open_is_no_damaged_one(tmp_path):
    """Here a folder of that name; a file without permission is another."""
    with pytest.raises(BadInput, match=r"\(not a regular file\)|\(Permission denied\)") as error:
        read_archive(tmp_path, "some format", (1,), "an archive")
    assert str(error.value).startswith(f"{tmp_path}: cannot be read (")
