"""Damaged files: every format that the program reads, changed at random, read by what reads it."""

import gzip
import json
import random
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from minigan.commands.run_folder import RunFolder
from minigan.data.celeba import read_attributes
from minigan.data.idx import read_idx
from minigan.data.pictures import BrokenPicture, read_crop
from minigan.errors import BadInput
from minigan.evaluate.judges import load_judge
from minigan.explore.masks import load_mask
from minigan.files import shipped
from minigan.gan import Config, Run, load_run, read_metrics, save_run
from minigan.gan.checkpoint import save_weights

from .idx_files import idx_bytes
from .picture_files import encode, noise, write_celeba


def formats(folder: Path) -> dict[str, tuple[bytes, Callable[[Path], object]]]:
    """Each format by its file's name: an example's bytes, and what reads it."""
    run = Run(Config(width=4, latent=4))
    save_run(folder / "run.npz", run)
    save_weights(folder / "weights.npz", run, "a note")
    write_celeba(folder, 3)
    idx = idx_bytes(np.arange(2 * 28 * 28).astype(np.uint8).reshape(2, 28, 28))
    metrics = "step,epoch,d_loss,g_loss,d_real,d_fake\n" + "".join(f"{i},1,0.5,0.5,0.5,0.5\n" for i in range(1, 9))
    pictures = {
        f"picture.{kind.lower()}": encode(noise(16, 16), kind) for kind in ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
    }
    return {
        "checkpoint.npz": ((folder / "run.npz").read_bytes(), load_run),
        "weights.npz": ((folder / "weights.npz").read_bytes(), load_run),
        "judge.npz": ((shipped("evaluate") / "mnist.npz").read_bytes(), load_judge),
        "config.json": (json.dumps(run.config.to_dict()).encode(), lambda p: RunFolder(p.parent).load("cpu", None)),
        "metrics.csv": (metrics.encode(), read_metrics),
        "scores.csv": (b"epoch,frechet\n1,20\n2,10.5\n", lambda p: RunFolder(p.parent).read_scores()),
        "images.idx": (idx, read_idx),
        "images.gz": (gzip.compress(idx), read_idx),
        "attributes.txt": ((folder / "list_attr_celeba.txt").read_bytes(), read_attributes),
        "mask.png": (encode(noise(16, 16), "PNG"), lambda p: load_mask(p, 8)),
        **{name: (data, lambda p: read_crop(p, 8)) for name, data in pictures.items()},
    }


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Up to four changes: bytes changed, cut off, removed, doubled, put in, or set to an extreme."""
    for _ in range(rng.randint(1, 4)):
        at, length = rng.randrange(len(data) + 1), rng.choice([1, 1, 2, 4, 8, 60])
        change = rng.randrange(6)
        if change == 0 and data:
            at = min(at, len(data) - 1)
            data = data[:at] + bytes([data[at] ^ rng.randrange(1, 256)]) + data[at + 1 :]
        elif change == 1:
            data = data[:at]
        elif change == 2:
            data = data[:at] + data[at + length :]
        elif change == 3:
            data = data[:at] + data[at : at + length] * 2 + data[at + length :]
        elif change == 4:
            data = data[:at] + rng.randbytes(length) + data[at:]
        else:
            data = data[:at] + rng.choice([b"\x00", b"\xff"]) * length + data[at + length :]
    return data


def read_damaged(count: int, seed: int) -> tuple[dict[str, Counter], list[str]]:
    """Read `count` damaged files of each format; returns how many were read or refused, and what went wrong."""
    rng, wrong, results = random.Random(seed), list[str](), dict[str, Counter]()
    with tempfile.TemporaryDirectory() as temporary:
        for name, (data, read) in formats(Path(temporary)).items():
            counts = results[name] = Counter()
            path = Path(temporary) / "damaged" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
            read(path)  # as it is, it can be read
            for number in range(count):
                path.write_bytes(mutated(data, rng))
                try:
                    with np.errstate(all="ignore"), warnings.catch_warnings():
                        warnings.simplefilter("ignore")  # of Pillow, about odd TIFFs
                        read(path)
                    counts["read"] += 1
                except (BadInput, BrokenPicture):
                    counts["refused"] += 1
                except Exception as error:
                    wrong.append(f"{name}, number {number}: {error!r}")
            path.unlink()
    return results, wrong
