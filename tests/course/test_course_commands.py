"""The commands of the course, as students and teachers type them."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from minigan.commands.course import main
from minigan.course.assignment import find_assignment
from minigan.errors import BadInput
from tests.support.sandbox import OBSTACLE

HERE = Path(__file__).parent
RIGHT = HERE / "a05" / "right_taps.py"
WRONG = HERE / "a05" / "wrong_overlap.py"
A05 = find_assignment("a05")

TRUST = ["--i-trust-them"] if OBSTACLE else []


@pytest.fixture
def course(here, capsys):
    """Runs a command in an empty folder; gives its exit code and what it printed."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        return code, capsys.readouterr().out

    return run


@pytest.fixture
def graded(course, here):
    """A graded class: two right, one wrong, one that cannot be read."""
    for student, source in {"1": RIGHT, "2": WRONG, "4": HERE / "a05" / "right_einsum.py"}.items():
        (here / "in" / student).mkdir(parents=True)
        shutil.copy(source, here / "in" / student / "a05.py")
    (here / "in" / "3").mkdir()
    (here / "in" / "3" / "a05.py").write_text("def conv2d(:")
    (here / "seed").write_text("secret\n")
    grade = ["grade", "a05", "in", "--out", "results", "--seed-file", "seed", *TRUST]
    code, out = course(*grade)
    assert code == 0
    assert "4 submissions, 0 of them graded already." in out
    assert "1 could not be graded" in out
    return grade


# -- a student --------------------------------------------------------------------------------------------------------


def test_get_writes_what_is_not_there(course, here):
    code, out = course("get", "a05")
    assert code == 0
    assert sorted(path.name for path in here.iterdir()) == ["a05.py", "a05_convolution.ipynb"]
    assert "Convolution, about 180 minutes." in out
    (here / "a05.py").write_text("mine")
    (here / "a05_convolution.ipynb").unlink()
    with pytest.raises(BadInput, match=r"a05.py: exists already, and may hold your work"):
        main(["get", "a05"])
    assert (here / "a05.py").read_text() == "mine"
    assert not (here / "a05_convolution.ipynb").exists()
    with pytest.raises(BadInput, match="expected an assignment, one of a01, "):
        main(["get", "a99"])


def test_check_says_what_is_wrong_and_why(course, here):
    shutil.copy(WRONG, here / "a05.py")
    code, out = course("check", "a05")
    assert code == 1
    assert "75 of 100 points" in out
    assert "∂L/∂x, conv2d with stride (1, 1) and padding (0, 0) of x (" in out
    assert "Without ∂L/∂x no layer below this one learns" in out
    assert "See notebook 4, §2 and §3. A hint: " in out
    code, out = course("check", "a05", "--part", "values", "--part", "dw")
    assert (code, out.count(" of 20"), "40 of 40 points" in out) == (0, 2, True)


def test_hints_become_stronger(course):
    texts = [course("check", "a05", "--hint", "dx", "--level", level)[1].splitlines() for level in (1, 2, 3)]
    assert [lines[0] for lines in texts] == list(A05.part("dx").hints)
    assert [len(lines) for lines in texts] == [2, 2, 1]
    with pytest.raises(BadInput, match="a05 has no part 'dy'; its parts: values, dx"):
        main(["check", "a05", "--hint", "dy"])


def test_the_assignment_is_that_of_the_folder(course, here):
    for command in "check", "train":
        with pytest.raises(BadInput, match="expected the name of an assignment, since no assignment's files are in"):
            main([command])
    course("get", "a05")
    shutil.copy(RIGHT, here / "a05.py")
    code, out = course("check", "--part", "values")
    assert code == 0
    assert "20 of 20 points" in out
    course("get", "a06")
    with pytest.raises(BadInput, match="since the files of a05, a06 are in this folder"):
        main(["check"])


def test_options_that_would_have_no_effect(here):
    (here / "seed").write_text("secret\n")
    for words, why in (
        ("check a05 --level 2", "expected --hint PART"),
        ("release a05 --nbgrader source --seed-file seed --deadline Friday", "nbgrader has no place for it"),
        ("release a05 --to site --seed-file seed", "the zip has no hidden tests"),
    ):
        with pytest.raises(BadInput, match=why):
            main(words.split())
    assert sorted(path.name for path in here.iterdir()) == ["seed"]


def test_check_finds_the_notebook_where_the_file_is_the_stub(course, here):
    cells = [{"cell_type": "code", "source": RIGHT.read_text(), "metadata": {}, "outputs": []}]
    (here / "a05.py").write_text(A05.stub)
    (here / "a05_mine.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}))
    code, out = course("check", "a05")
    assert code == 0
    assert out.startswith("a05_mine.ipynb: Convolution")
    (here / "a05_mine.ipynb").unlink()
    assert course("check", "a05")[1].startswith("a05.py: Convolution")
    (here / "a05.py").unlink()
    with pytest.raises(BadInput, match=r"a05.py: no such file; .* get a05 puts it here"):
        main(["check", "a05"])


def test_train_with_ones_own_convolution(course, here):
    shutil.copy(RIGHT, here / "a05.py")
    code, out = course("train", "a05", "--steps", 2, "--with", "a07")
    assert code == 0
    calls = int(out.split(" of ")[0].splitlines()[-1].replace(",", ""))
    assert f"{calls:,} of {calls:,} convolutions were yours." in out
    assert "left out: a07.py: no such file" in out
    assert float(out.split("the engine's: ")[1].split(" apart")[0]) < 1e-4
    assert (here / "mine" / "a05" / "001" / "samples.png").stat().st_size > 5_000


def test_train_refuses_what_is_not_right(course, here):
    shutil.copy(WRONG, here / "a05.py")
    with pytest.raises(BadInput, match=r"a05.py: not right yet: dx, adjoint; see .*check a05"):
        main(["train", "a05", "--steps", "1"])
    assert not (here / "mine").exists()


# -- a teacher --------------------------------------------------------------------------------------------------------


def test_stats(course, graded):
    _, out = course("stats", "results", "--alike", "0.3")
    assert "total: median 100, from 0 to 100 of 100" in out
    assert "dx                  20     50%" in out
    assert "not graded: 3 3: a05.py: line 1: invalid syntax" in out
    assert "1 and 2 2" in out  # right_taps and wrong_overlap differ in one sign
    assert "1 1 and 4 4" not in out


def test_export_and_overrides(course, graded, here):
    rows = list(csv.DictReader(io.StringIO(course("export", "results", "--plain")[1])))
    assert {row["student"]: row["total"] for row in rows} == {"1": "100", "2": "75", "3": "0", "4": "100"}
    assert {row["dx"] for row in rows} == {"0", "20"}

    (here / "results" / "overrides.csv").write_text("student,part,points,comment\n2,dx,15,nearly\n")
    rows = list(csv.DictReader(io.StringIO(course("export", "results", "--plain")[1])))
    assert [row["total"] for row in rows if row["student"] == "2"] == ["90"]
    course(*graded, "--again")
    rows = list(csv.DictReader(io.StringIO(course("export", "results", "--plain")[1])))
    assert [row["total"] for row in rows if row["student"] == "2"] == ["90"]
    (here / "results" / "overrides.csv").write_text("student,part,points,comment\n2,dy,15,nearly\n")
    with pytest.raises(BadInput, match="no part 'dy' of student '2' was graded"):
        main(["export", "results", "--plain"])
    (here / "results" / "overrides.csv").write_text("student,part,points\n2,dx,many\n")
    with pytest.raises(BadInput, match="expected columns student, part, points, comment"):
        main(["export", "results", "--plain"])
    for rows, message in {
        "student,part,points\n2,dx\n": "line 2 has None",
        "student,part,points\n2,dx,21\n": "part dx of 2: expected 0 to 20 points, got 21",
        "student,part,points\n2,dx,-1\n": "expected 0 to 20 points, got -1",
        "student,part,points\n2,dx,1\n2,dx,2\n": "line 3: part dx of 2 a second time",
        "student;part;points\n2;dx;1\n": "with commas, and whole points; the first line is 'student;part;points'",
    }.items():
        (here / "results" / "overrides.csv").write_text(rows)
        with pytest.raises(BadInput, match=message):
            main(["export", "results", "--plain"])


def test_export_like_the_platform(course, graded, here):
    (here / "canvas.csv").write_text('Student,ID,A5 (9)\n"Lovelace, Ada",1,\nPossible,,20\n"Nobody, A",77,3\n')
    _, out = course("export", "results", "--like", "canvas.csv", "--column", "A5 (9)", "--out-of", "20")
    assert out == 'Student,ID,A5 (9)\n"Lovelace, Ada",1,20\nPossible,,20\n"Nobody, A",77,3\n'
    (here / "moodle.csv").write_text("Identifier,Full name,Grade\nParticipant 2,Grace,\nParticipant 3,X,\n")
    _, out = course("export", "results", "--like", "moodle.csv", "--column", "Grade")
    assert out.splitlines()[1:] == ["Participant 2,Grace,75", "Participant 3,X,0"]
    with pytest.raises(BadInput, match="no column 'Grades'; its columns: Identifier, Full name, Grade"):
        main(["export", "results", "--like", "moodle.csv", "--column", "Grades"])
    (here / "twice.csv").write_text("ID,Grade\n2,\n2,\n")
    with pytest.raises(BadInput, match="several rows belong to student 2"):
        main(["export", "results", "--like", "twice.csv", "--column", "Grade"])


def test_diff_after_grading_again(course, graded, here):
    shutil.copy(RIGHT, here / "in" / "2" / "a05.py")
    _, out = course(*graded, "--again")
    assert "0 of them graded already" in out
    _, out = course("diff", "results.before", "results")
    assert out == "2: 75 → 100   dx 0 → 20, adjoint 0 → 5\n1 students' grades changed.\n"
    with pytest.raises(BadInput, match=r"results.before: exists already, from an earlier --again"):
        main([*graded, "--again"])


def test_only_what_changed_is_graded_again(course, graded, here):
    _, out = course(*graded)
    assert "4 submissions, 4 of them graded already." in out
    shutil.copy(RIGHT, here / "in" / "3" / "a05.py")
    (here / "results" / "1.json").write_text("{")
    _, out = course(*graded)
    assert "4 submissions, 2 of them graded already." in out
    (here / "seed").write_text("another")
    _, out = course(*graded)
    assert "4 submissions, 0 of them graded already." in out


def test_a_folder_of_results_is_for_one_assignment(course, graded, here):
    with pytest.raises(BadInput, match="results: holds results of a05; choose another for a07"):
        main(["grade", "a07", *graded[2:]])
    for out in ("in", "in/out"):
        with pytest.raises(BadInput, match=f"--out: {out}: lies in the folder of submissions"):
            main([*graded[:3], "--out", out, *graded[5:]])
    (here / "results" / "1.json").write_text("{")
    with pytest.raises(BadInput, match=r"1.json: damaged .*; `course grade` makes it anew"):
        main(["stats", "results"])


def test_what_is_no_folder_is_bad_input(here):
    (here / "file").write_text("")
    for arguments in (["get", "a05", "--to", "file"], ["release", "a05", "--to", "file"]):
        with pytest.raises(BadInput, match="file: expected a folder to write into"):
            main(arguments)
    with pytest.raises(BadInput, match="expected an assignment, one of"):
        main(["train", "a05", "--with", "a99"])


def test_the_seed_is_not_in_the_results(graded, here):
    assert not any("secret" in path.read_text() for path in (here / "results").iterdir())
    (here / "seed").write_text(" \n")
    with pytest.raises(BadInput, match="seed: empty; write a secret into it"):
        main(graded)


def test_killed_half_way_it_gives_the_same_files(here):
    for student in range(12):
        (here / "in" / f"s{student}").mkdir(parents=True)
        shutil.copy((RIGHT, WRONG)[student % 2], here / "in" / f"s{student}" / "a05.py")
    (here / "seed").write_text("secret")
    command = [sys.executable, "-m", "minigan.course", "grade", "a05", "in", "--seed-file", "seed", *TRUST]
    process = subprocess.Popen([*command, "--out", "killed"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list(here.glob("killed/*.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    begun = len(list(here.glob("killed/*.json")))
    assert 3 <= begun < 12
    again = subprocess.run([*command, "--out", "killed"], capture_output=True, text=True, check=True)
    assert f"12 submissions, {begun} of them graded already." in again.stdout
    subprocess.run([*command, "--out", "undisturbed"], capture_output=True, check=True)
    files = {
        folder: {p.name: p.read_bytes() for p in (here / folder).iterdir()} for folder in ("killed", "undisturbed")
    }
    assert files["killed"] == files["undisturbed"]
    assert len(files["killed"]) == 12


def test_release(course, here):
    _, out = course("release", "a05", "--to", "site", "--deadline", "Friday 12:00")
    assert out.startswith("site/a05.zip")
    first = (here / "site" / "a05.zip").read_bytes()
    course("release", "a05", "--to", "site", "--deadline", "Friday 12:00")
    assert (here / "site" / "a05.zip").read_bytes() == first
    with zipfile.ZipFile(here / "site" / "a05.zip") as archive:
        names = {name.removeprefix("a05/") for name in archive.namelist()}
        (wheel,) = (name for name in names if name.endswith(".whl"))
        assert names - {wheel} == {"a05.py", "a05_convolution.ipynb", "README.md"}
        assert "by **Friday 12:00**" in archive.read("a05/README.md").decode()
        content = archive.read(f"a05/{wheel}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        source = archive.read("minigan/ops/convolution.py").decode()
        assert "conv2d is yours to write: assignment a05, Convolution" in source
        assert "minigan/data/shipped/pixel_faces/README.md" in archive.namelist()


def test_the_released_wheel_installs_and_is_hollow(course, here):
    course("release", "a05", "--to", "site")
    with zipfile.ZipFile(here / "site" / "a05.zip") as archive:
        archive.extractall(here)
    (wheel,) = (here / "a05").glob("*.whl")
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(here / "lib"),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    shutil.copy(RIGHT, here / "a05.py")
    environment = {**os.environ, "PYTHONPATH": "lib"}
    for command, shown in (("check", "100 of 100 points"), ("train", " convolutions were yours.")):
        more = ["--steps", "2"] if command == "train" else []
        command = [sys.executable, "-m", "minigan.course", command, "a05", *more]
        found = subprocess.run(command, capture_output=True, text=True, cwd=here, env=environment)
        assert shown in found.stdout, found.stdout + found.stderr
    code = (
        "import sys; sys.path.insert(0, 'lib'); import minigan, numpy as np; print(minigan.__file__)\n"
        "minigan.nn.Conv2d(1, 1, 3, rng=np.random.default_rng(0))(minigan.Tensor(np.zeros((1, 5, 5, 1), np.float32)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=here)
    assert str(Path("lib") / "minigan") in found.stdout
    assert "NotImplementedError: conv2d is yours to write: assignment a05, Convolution" in found.stderr
