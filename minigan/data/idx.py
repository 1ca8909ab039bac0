"""IDX files, the format of MNIST and similar data sets (Fashion-MNIST, KMNIST, EMNIST), gzipped or not.

Two zero bytes, a type code (8: unsigned byte), the number of axes, the length of each axis as a big-endian 32-bit
integer, then the values.
"""

import gzip
import hashlib
import math
import re
import zlib
from pathlib import Path

import numpy as np

from ..errors import BadInput
from ..files import open_regular

UNPACKED = 100  # how many times as large as on disk a gzipped file may become; MNIST's labels become 3 times as large
SMALL = 1 << 24  # bytes that it may have in any case


def read_idx(path: Path, sha256: str | None = None) -> np.ndarray:
    """The array of unsigned bytes in an IDX file, uint8; `sha256` is the expected digest of the unzipped file.

    Raises BadInput if the file is missing, unreadable, truncated, of another format or of another digest.
    """
    try:
        with open_regular(path) as file:
            packed = file.read(2) == b"\x1f\x8b"
            size = file.seek(0, 2)
            file.seek(0)
            limit = max(SMALL, UNPACKED * size) if packed else size
            raw = (gzip.GzipFile(fileobj=file) if packed else file).read(limit + 1)
            if len(raw) > limit:
                raise BadInput(f"{path}: becomes more than {UNPACKED} times as large when unpacked; it is damaged")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(f"{path}: damaged gzip file ({error}); download it again") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error

    if len(raw) < 4 or raw[:3] != b"\0\0\x08" or not 1 <= raw[3] <= 4:
        raise BadInput(
            f"{path}: not an IDX file of unsigned bytes: expected it to begin 00 00 08, got {raw[:4].hex(' ')}"
        )
    header = 4 + 4 * raw[3]
    if len(raw) < header:
        raise BadInput(f"{path}: ends after {len(raw)} bytes, within its header; the file is damaged")
    shape = tuple(int(n) for n in np.frombuffer(raw[4:header], ">u4"))
    if len(raw) != header + math.prod(shape):
        expected = header + math.prod(shape)
        raise BadInput(f"{path}: expected {expected} bytes for shape {shape}, got {len(raw)}; the file is damaged")
    if sha256 is not None and hashlib.sha256(raw).hexdigest() != sha256:
        raise BadInput(f"{path}: wrong SHA-256, this is not the file that was shipped; install minigan again")
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)


def find_idx(folder: Path, kind: str, prefix: str = "") -> Path:
    """The training file of a folder that holds "images" or "labels", gzipped or not; its name begins with `prefix`.

    Such files end in images-idx3-ubyte, or as some packers name them in images.idx3-ubyte or images.idx3.  One may lie
    in a folder of its own name.  Several are told apart by "train" in the name; of one that is there gzipped and not,
    the latter is taken.  Raises BadInput unless exactly one is left.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; --data-dir names one with IDX files, gzipped or not")
    axes = {"images": 3, "labels": 1}[kind]
    pattern = re.compile(rf"{kind}[-.]idx{axes}(-ubyte)?(\.gz)?$")
    there = [path for path in folder.iterdir() if not path.name.startswith(".") and pattern.search(path.name)]
    there = [path / path.name if path.is_dir() else path for path in there]
    there = [path for path in there if path.name.startswith(prefix)]
    found = {path.name.removesuffix(".gz"): path for path in sorted(there, reverse=True) if path.is_file()}
    training = {name: path for name, path in found.items() if "train" in name} or found
    if len(training) != 1:
        names = ", ".join(sorted(training)) or "none"
        raise BadInput(
            f"{folder}: expected one file named {prefix or '*train*'}{kind}-idx{axes}-ubyte or ….gz, found {names}"
        )
    return next(iter(training.values()))


def labels_beside(images: Path) -> Path | None:
    """The file of labels that belongs to one of images: of the same name but for the word, gzipped or not."""
    name = re.sub(r"images([-.])idx3", r"labels\1idx1", images.name.removesuffix(".gz"))
    for folder in (images.parent, images.parent.parent / name):  # or each in a folder of its own name
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                return path
    return None
