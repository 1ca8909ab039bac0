"""IDX files, the format of MNIST and its relatives (Fashion-MNIST, KMNIST, EMNIST), gzipped or not.

Two zero bytes, a type code (8: unsigned byte), the number of axes, each axis as a big-endian 32-bit integer, then
the values.
"""

import gzip
import hashlib
import math
import zlib
from pathlib import Path

import numpy as np

from ..errors import BadInput


def read_idx(path: Path, sha256: str | None = None) -> np.ndarray:
    """The array of unsigned bytes in an IDX file; `sha256` is the expected digest of the unzipped bytes.

    Raises BadInput if the file is missing, unreadable, truncated, of another format or of another digest.
    """
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(f"{path}: damaged gzip file ({error}); fetch it again") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error

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


def find_idx(folder: Path, kind: str) -> Path:
    """The training file of a folder whose name ends in `kind` ("images-idx3-ubyte"), gzipped or not.

    Several files are told apart by "train" in the name.  Raises BadInput unless exactly one is left.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; --data-dir names one with {kind} files, gzipped or not")
    found = sorted(p for p in folder.iterdir() if p.name.removesuffix(".gz").endswith(kind))
    training = [p for p in found if "train" in p.name] or found
    plain = {p.name.removesuffix(".gz"): p for p in training}
    if len(plain) != 1:
        names = ", ".join(plain) or "none"
        raise BadInput(f"{folder}: expected one file named *train*{kind} or *train*{kind}.gz, found {names}")
    return next(iter(plain.values()))
