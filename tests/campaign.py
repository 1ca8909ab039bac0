"""Kill runs at random moments and resume them, and read damaged files: `python -m tests.campaign`.

Runs of every kind are killed (SIGKILL) at random, resumed, killed again, until as many kills are done; each run that
has ended must have the same files, to the bit, as one that nothing disturbed: pictures, metrics, weights, moments.
Of each format that the program reads, damaged files are read: they may be refused, or read as they are, but nothing
else may happen.  Prints a row for each kind and format; exit code 1 if anything differs, or went wrong.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.folders import content
from tests.support.idx_files import write_idx_folder
from tests.support.mutations import read_damaged
from tests.support.picture_files import encode, noise, write_lmdb

SMALL = ["--batch-size", "20", "--latent", "4", "--save-every", "0.05"]
NARROW = ["--width", "4"]
SHARE = {"scored": 0.2}  # of the kills that other kinds get: its judge takes long to start


def kinds(folder: Path) -> dict[str, list[str]]:
    """Command lines of `minigan.train` by what is special about them; `folder` is for the data they need."""
    squares = str(write_idx_folder(folder / "squares", count=200))
    database = str(write_lmdb(folder / "lsun", (encode(noise(40, 40), "JPEG") for _ in range(120))))
    classic = ["mnist", "--data-dir", squares, *SMALL, "--epochs", "12"]
    digits = [*classic, *NARROW]
    large = ["--batch-size", "1000", *SMALL[2:], *NARROW]
    return {
        "plain": digits,
        "conditional": [*digits, "--conditional"],
        "averaged, decaying": [*digits, "--average", "0.9", "--decay", "0.5"],
        "classic networks": [*classic, "--model", "mlp"],
        "streamed": ["lsun", "--data-dir", database, "--image-size", "28", *SMALL, *NARROW, "--epochs", "8"],
        "scored": ["mnist", "--hold-out", "50000", *large, "--epochs", "3", "--score-every", "1"],
    }


def train(*argv: object) -> subprocess.Popen:
    command = [sys.executable, "-m", "minigan.train", *map(str, argv)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def disturbed(argv: list[str], out: Path, longest: float, kills: int, rng: random.Random) -> int:
    """One run, killed up to `kills` times at random and resumed after each; returns how often it was killed."""
    killed = 0
    while True:
        resumable = any((out / name).exists() for name in ("checkpoint.npz", "config.json"))
        process = train(argv[0], "--resume", out) if resumable else train(*argv, "--out", out)
        if killed < kills:
            time.sleep(rng.uniform(0.0, longest))
            process.kill()
        errors = process.communicate()[1]
        if process.returncode == 0 or "has finished epoch" in errors:
            return killed
        if process.returncode != -9:
            raise RuntimeError(f"exit code {process.returncode}: {errors.strip().splitlines()[-1:]}")
        killed += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200, help="in all")
    parser.add_argument("--files", type=int, default=2000, help="damaged files of each format")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng, wrong = random.Random(args.seed), 0
    with tempfile.TemporaryDirectory() as temporary:
        for name, argv in (every := kinds(Path(temporary))).items():
            began = time.monotonic()
            assert train(*argv, "--out", Path(temporary) / name / "whole").wait() == 0
            longest, expected = time.monotonic() - began, content(Path(temporary) / name / "whole")
            killed = runs = different = 0
            share = SHARE.get(name, 1.0) / sum(SHARE.get(kind, 1.0) for kind in every)
            while killed < args.kills * share:
                out = Path(temporary) / name / str(runs)
                killed += disturbed(argv, out, longest, 5, rng)
                runs += 1
                found = content(out)
                differ = sorted(k for k in found.keys() | expected.keys() if found.get(k) != expected.get(k))
                different += bool(differ)
                if differ:
                    print(f"{name}, run {runs}: {differ}")
            wrong += different
            print(f"| {name} | {killed} | {runs} | {different} |", flush=True)
    results, problems = read_damaged(args.files, args.seed)
    for name, counts in results.items():
        print(f"| {name} | {counts['read']} | {counts['refused']} |")
    print("\n".join(problems))
    return int(wrong > 0 or bool(problems))


if __name__ == "__main__":
    sys.exit(main())
