"""Submissions that attack the grader: each earns nothing, finds nothing out, and the next submission is graded."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from minigan.course import sandbox
from minigan.course.assignment import find_assignment
from minigan.course.classroom import classroom, grade_all
from minigan.course.submissions import Submission
from minigan.errors import BadInput
from tests.support.sandbox import OBSTACLE

HERE = Path(__file__).parent
ATTACKS = sorted((HERE / "attacks").glob("*.py"))
SECRET = "the-teachers-secret-4711"
RIGHT = (HERE / "a05" / "right_taps.py").read_bytes()

pytestmark = pytest.mark.skipif(bool(OBSTACLE), reason=OBSTACLE)


def quick(seconds: float = 1.0):
    """A05 with two of its parts and little time, so that what hangs does not hang long."""
    assignment = find_assignment("a05")
    return assignment._replace(parts=[part._replace(seconds=seconds) for part in assignment.parts[:2]])


@pytest.fixture
def teacher(tmp_path):
    """The teacher's folder: a file with the seed, and a folder that nobody else should write into."""
    (tmp_path / "results").mkdir()
    (tmp_path / "seed.txt").write_text(SECRET)
    return tmp_path


@pytest.fixture
def listener():
    """A port of this machine, and the connections that were made to it."""
    connections = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        running = True

        def listen():
            while running:
                with suppress(TimeoutError):
                    connections.append(server.accept())

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], connections
        running = False
        thread.join()


@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: path.stem)
def test_an_attack_earns_nothing_and_the_next_is_graded(path, teacher, listener):
    port, connections = listener
    source = path.read_text().replace("SECRET_PATH", str(teacher / "seed.txt")).replace("PORT", str(port))
    source = source.replace("OUTSIDE", str(teacher / "results"))
    works = [Submission("1", "an attacker", "a05.py", source.encode()), Submission("2", "a student", "a05.py", RIGHT)]
    assignment, begin = quick(), time.monotonic()
    with classroom(assignment) as start_in:
        attacker, student = grade_all(assignment, works, start_in, SECRET, jobs=2)
    assert attacker.total == 0
    assert student.total == sum(part.points for part in assignment.parts)
    assert time.monotonic() - begin < 90
    texts = " ".join(part.reason for part in attacker.parts)
    for word in (SECRET, "root:", "seed", "\x1b", "passed " * 400):
        assert word not in texts
    assert not connections
    assert not any((teacher / "results").iterdir())


def test_nothing_keeps_running(teacher):
    """What an attack has started is gone when it has been graded."""
    source = (HERE / "attacks" / "fork_bomb.py").read_bytes()
    assignment = quick()
    before = processes()
    with classroom(assignment) as start_in:
        list(grade_all(assignment, [Submission("1", "", "a05.py", source)], start_in, SECRET))
    deadline = time.monotonic() + 10
    while processes() - before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not processes() - before


def processes() -> set[str]:
    """The processes of this machine that were started from the sandbox."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"minigan.course.worker" in path.read_bytes():
                found.add(path.parent.name)
        except OSError:
            pass
    return found


def test_the_sandbox_shows_no_package_that_is_not_emptied(tmp_path):
    """Not the installed one either."""
    source = """
import os

def conv2d(*_):
    found = []
    for folder, _, files in os.walk("/"):
        if "convolution.py" in files or "convolution.cpython-311.pyc" in files:
            text = open(os.path.join(folder, "convolution.py")).read()
            found.append((folder, "is yours to write" in text))
    raise ValueError(str(found))
"""
    assignment = quick(30.0)
    with classroom(assignment) as start_in:
        (record,) = grade_all(assignment, [Submission("1", "", "a05.py", source.encode())], start_in, SECRET)
    assert "[('/site/minigan/ops', True)]" in record.parts[0].reason


def test_without_isolation_it_refuses(monkeypatch, tmp_path):
    """Where the kernel does not offer it; and with --i-trust-them it grades all the same."""
    broken = tmp_path / "entering.py"
    broken.write_text("import sys; sys.exit('unshare: Operation not permitted')")
    monkeypatch.setattr(sandbox, "ENTERING", broken)
    with pytest.raises(BadInput, match=r"unshare: Operation not permitted.*--i-trust-them"), classroom(quick()):
        pass
    with classroom(quick(), isolated=False) as start_in:
        (record,) = grade_all(quick(), [Submission("1", "", "a05.py", RIGHT)], start_in, SECRET)
    assert record.total == 40


AS_NOBODY = """
import sys
from pathlib import Path
from minigan.course.assignment import find_assignment
from minigan.course.classroom import classroom, grade_all
from minigan.course.submissions import Submission

assignment = find_assignment("a05")
with classroom(assignment) as start_in:
    (record,) = grade_all(assignment, [Submission("1", "", "a05.py", Path(sys.argv[1]).read_bytes())], start_in, "0")
print(record.total, [part.reason for part in record.parts])
"""


def test_as_an_ordinary_user(tmp_path):
    """Where tests run as root, these take the other way into the namespaces, by one for users, as well."""
    if os.geteuid() != 0:
        pytest.skip("the other tests run as an ordinary user already")
    shutil.copy(HERE / "a05" / "right_taps.py", "/tmp/right_taps.py")
    nobody = {"user": 65534, "group": 65534, "extra_groups": [], "capture_output": True, "text": True, "cwd": "/tmp"}
    try:
        subprocess.run([sys.executable, "-c", "import minigan"], check=True, **nobody)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("Python, or the package, cannot be read by others here")
    found = subprocess.run([sys.executable, "-c", AS_NOBODY, "/tmp/right_taps.py"], **nobody)
    assert found.stdout.startswith("100 "), found.stdout + found.stderr


def test_what_lies_below_tmp_can_be_shown(tmp_path):
    """As where Python itself is installed there."""
    (tmp_path / "file").write_text("found")
    tmp_path.chmod(0o755)  # where tests run as root, the sandbox does not
    mounts = {path: path for path in sandbox.SYSTEM if os.path.lexists(path)} | {"/tmp/deep/folder": str(tmp_path)}
    plan = {"mounts": mounts, "hidden": [], "limits": {}, "disk": 1 << 20}
    plan["command"] = ["/bin/sh", "-c", "cat /tmp/deep/folder/file; echo x > /tmp/deep/folder/file || echo kept"]
    command = [sys.executable, "-I", "-S", str(sandbox.ENTERING), json.dumps(plan)]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.stdout == "foundkept\n", found.stderr
    assert (tmp_path / "file").read_text() == "found"
