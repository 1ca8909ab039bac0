"""Zips and folders of learning platforms."""

import os
import zipfile

import pytest

from minigan.course.assignment import find_assignment
from minigan.course.submissions import collect, unrecognised
from minigan.errors import BadInput

A05 = find_assignment("a05")


def zip_of(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def summary(works):
    return {work.student: (work.name, work.file, work.data, work.problem) for work in works}


def test_moodle(tmp_path):
    files = {
        "Ada Lovelace_1234_assignsubmission_file_/a05.py": b"ada",
        "Émilie du Châtelet_99_assignsubmission_file_/a05_convolution.ipynb": b"emilie",
        "Émilie du Châtelet_99_assignsubmission_file_/picture.png": b"png",
        "Nobody_7_assignsubmission_onlinetext_/onlinetext.html": b"text",
    }
    works = summary(collect(zip_of(tmp_path / "m.zip", files), A05))
    assert works["1234"] == ("Ada Lovelace", "a05.py", b"ada", "")
    assert works["99"] == ("Émilie du Châtelet", "a05_convolution.ipynb", b"emilie", "")
    assert works["7"][3] == "expected a05.py or a notebook, got onlinetext.html"


def test_canvas(tmp_path):
    files = {"lovelaceada_1234_56789_a05-1.py": b"ada", "hopper_LATE_5_6_a05.py": b"grace", "x_8_9_solution.py": b"x"}
    works = summary(collect(zip_of(tmp_path / "c.zip", files), A05))
    assert works == {
        "1234": ("lovelaceada", "a05-1.py", b"ada", ""),
        "5": ("hopper", "a05.py", b"grace", ""),
        "8": ("x", "solution.py", b"x", ""),
    }


def test_plain_folder(tmp_path):
    for student, name in (("7", "a05.py"), ("8", "a05.ipynb"), ("9", "my a05.py"), (".git", "config")):
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / name).write_bytes(student.encode())
    (tmp_path / "in" / "readme.txt").write_text("not of a student")
    (tmp_path / "in" / "9" / ".ipynb_checkpoints").mkdir()
    (tmp_path / "in" / "9" / ".ipynb_checkpoints" / "a05.py").write_bytes(b"old")
    works = summary(collect(tmp_path / "in", A05))
    assert {student: work[2] for student, work in works.items() if not work[3]} == {"7": b"7", "8": b"8", "9": b"9"}


def test_moodle_without_folders(tmp_path):
    works = summary(collect(zip_of(tmp_path / "m.zip", {"Ada Lovelace_1_assignsubmission_file_a05.py": b"ada"}), A05))
    assert works == {"1": ("Ada Lovelace", "a05.py", b"ada", "")}


def test_nobody_can_hand_in_for_another(tmp_path):
    """By a folder in one's own, or by a name that looks like Moodle's."""
    files = {
        "5001/a05.py": b"mine",
        "5001/5002/a05.py": b"attack",
        "5002/a05.py": b"theirs",
    }
    works = summary(collect(zip_of(tmp_path / "p.zip", files), A05))
    assert works["5002"][2:] == (b"theirs", "")
    files = {
        "Eve_1001_assignsubmission_file__1013_assignsubmission_file_/a05.py": b"eve",
        "Ada_1001_assignsubmission_file_/a05.py": b"ada",
    }
    works = summary(collect(zip_of(tmp_path / "m.zip", files), A05))
    assert {student: work[2:] for student, work in works.items()} == {"1001": (b"ada", ""), "1013": (b"eve", "")}


def test_a_folder_around_all(tmp_path):
    works = collect(zip_of(tmp_path / "w.zip", {"all/1/a05.py": b"x", "all/2/a05.py": b"y"}), A05)
    assert {work.student for work in works} == {"1", "2"}


def test_files_of_nobody_are_named(tmp_path):
    path = zip_of(tmp_path / "c.zip", {"ada_1_2_a05.py": b"x", "garbage_a05.py": b"y", "odd_name_3_4_a05.py": b"z"})
    assert unrecognised(path) == ["garbage_a05.py", "odd_name_3_4_a05.py"]
    assert unrecognised(tmp_path) == ["c.zip"]


def test_names_of_any_bytes(tmp_path):
    folder = os.fsencode(tmp_path) + b"/in/M\xfcller"
    try:
        os.makedirs(folder)
    except OSError:
        pytest.skip("such names are not possible here")
    with open(folder + b"/a05.py", "wb") as file:
        file.write(b"x")
    (work,) = collect(tmp_path / "in", A05)
    assert work.student.encode()
    assert work.data == b"x"


def test_several_files(tmp_path):
    files = {"1/a05.py": b"x", "1/a05.ipynb": b"y", "2/a05_a.py": b"x", "2/a05_b.py": b"y", "3/a04.py": b"z"}
    works = summary(collect(zip_of(tmp_path / "s.zip", files), A05))
    assert works["1"][1:3] == ("a05.py", b"x")
    assert works["2"][3] == "expected one file for a05, got a05_a.py, a05_b.py"
    assert works["3"][1] == "a04.py"  # graded, and found to define other functions


def test_links_are_not_followed(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("def conv2d(): pass")
    (tmp_path / "in" / "1").mkdir(parents=True)
    (tmp_path / "in" / "1" / "a05.py").symlink_to(secret)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a05.py").write_text("other")
    (tmp_path / "in" / "2").symlink_to(tmp_path / "elsewhere")
    works = summary(collect(tmp_path / "in", A05))
    assert set(works) == {"1"}
    assert works["1"][2:] == (b"", "it is a link to another file, which is not followed")

    link = zipfile.ZipInfo("3/a05.py")
    link.external_attr = 0o120777 << 16
    works = summary(collect(zip_of(tmp_path / "l.zip", {link: str(secret)}), A05))
    assert works["3"][2:] == (b"", "it is a link to another file, which is not followed")


def test_paths_in_a_zip_lead_nowhere(tmp_path):
    files = {"../../1/a05.py": b"x", "/etc/2/a05.py": b"x", "..\\3\\a05.py": b"x", "4/a05.py": b"good"}
    works = summary(collect(zip_of(tmp_path / "p.zip", files), A05))
    assert works["4"][2:] == (b"good", "")
    assert {works[student][2:] for student in "123"} == {(b"", "a path leads outside")}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.zip"]


def test_a_zip_that_would_grow(tmp_path):
    works = summary(collect(zip_of(tmp_path / "b.zip", {"1/a05.py": bytes(40 << 20), "2/a05.py": b"good"}), A05))
    assert works["1"][2:] == (b"", "41,943,040 bytes, more than the 33,554,432 that are read")
    assert works["2"][2:] == (b"good", "")


def test_a_damaged_member_costs_its_student_alone(tmp_path):
    path = zip_of(tmp_path / "d.zip", {"1/a05.py": b"def conv2d(): pass\n" * 50, "2/a05.py": b"good"})
    data = bytearray(path.read_bytes())
    for damage in (b"\0\0\0\0\0", b"\xff\xff\xff\xff\xff"):
        data[45:50] = damage
        path.write_bytes(data)
        works = summary(collect(path, A05))
        assert works["1"][3].startswith("cannot be unpacked (")
        assert works["2"][2:] == (b"good", "")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "no such folder or zip"),
        (lambda path: path.write_bytes(b"no zip"), "expected a folder or a zip"),
        (lambda path: path.write_bytes(b"PK" + bytes(50)), "expected a folder or a zip"),
        (lambda path: path.mkdir(), "no submissions; expected files such as NUMBER/a05.py"),
        (lambda path: zip_of(path, {"a05.py": b"whose?"}), "no submissions"),
    ],
)
def test_nothing_to_grade(tmp_path, make, message):
    make(tmp_path / "in.zip")
    with pytest.raises(BadInput, match=message):
        collect(tmp_path / "in.zip", A05)
