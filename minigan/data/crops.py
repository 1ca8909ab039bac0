"""Decoded crops on disk: the pictures of a folder are decoded once, and from then on read from there.

A cache entry is the folder `~/.cache/minigan/KEY/` (or in `$XDG_CACHE_HOME`); KEY is a hash of the files and of the
crop settings, see `file_key`.  The folder is written under a temporary name and then renamed, so an entry is always
complete.  It can be deleted at any time.
"""

import errno
import hashlib
import json
import math
import operator
import os
import shutil
import tempfile
import threading
import time
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import BadInput, Progress
from ..ops.windows import Ints, pair
from .dataset import Images, Skipped
from .pictures import BrokenPicture, in_colour, read_crop
from .prefetch import prefetch

VERSION = 1  # of the format of a cache entry
ABANDONED = 3600.0  # seconds without a write, after which an incomplete entry is considered left by a dead process
BLOCK = 1024  # crops written at a time
CHECKED = 1 << 24  # bytes compared at a time


class Crops(NamedTuple):
    """Images uint8 (N, H, W, C) on disk; `kept` are their positions among all pictures."""

    images: Images
    kept: np.ndarray
    skipped: Skipped
    digest: str


def crops_of_files(
    paths: Sequence[Path], root: Path, size: Ints, progress: Progress, crop: int | None = None, colour: bool = False
) -> Crops:
    """The crops of picture files below `root`, see `decode_crop`: from the cache, or decoded now on all CPU cores.

    They have one channel if all pictures are grey and `colour` is False, else three.  Raises BadInput as
    `cached_crops` does.
    """
    names = [path.relative_to(root).as_posix() for path in paths]

    def decode() -> Iterator[np.ndarray | BrokenPicture]:
        cores = os.cpu_count() or 1
        return prefetch(lambda path: _read(path, size, crop), paths, workers=cores, depth=16 * cores)

    key = file_key(names, progress(paths, len(paths), "looking at files"), size, crop, colour)
    return cached_crops(key, names, size, decode, progress, colour)


def cached_crops(
    key: str,
    names: Sequence[str],
    size: Ints,
    decode: Callable[[], Iterable[np.ndarray | BrokenPicture]],
    progress: Progress,
    colour: bool,
) -> Crops:
    """The crops cached under `key`; if there are none, those that `decode()` yields, one for each of `names`.

    Raises BadInput if more than 1 % of the pictures are broken, or if the cache cannot be written.
    """
    entry = cache_folder() / key
    about = _read_about(entry)
    if about is not None and not is_sound(entry / "images", about, progress):
        shutil.rmtree(entry, ignore_errors=True)
        about = None
    if about is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about odd pictures; broken ones are reported by name
            _write(entry, names, size, progress(decode(), len(names), "decoding pictures"), colour)
        about = _read_about(entry)
        assert about is not None
    skipped = Skipped(len(names))
    for index, reason in about["broken"]:
        skipped[names[index]] = reason
    skipped.check()
    kept = np.delete(np.arange(len(names)), [index for index, _ in about["broken"]])
    return Crops(CropFile(entry / "images", tuple(about["shape"])), kept, skipped, about["digest"])


class CropFile:
    """Images uint8 (N, H, W, C) in a file, read when they are asked for; by several threads at once, too.

    (A file mapped into memory would end the process if somebody cut it off.)  Raises OSError, naming it, where it ends.
    """

    def __init__(self, path: Path, shape: tuple[int, ...]):
        self.path, self.shape, self.size = path, shape, math.prod(shape[1:])
        self.file = open(path, "rb", buffering=0)  # noqa: SIM115  (open as long as the images are used)
        self.turn = threading.Lock()

    def __getitem__(self, index: Any) -> np.ndarray:
        if isinstance(index, tuple):
            first, *rest = index
            images = self[first]
            return images[tuple(rest) if images.ndim < len(self.shape) else (slice(None), *rest)]
        positions = np.arange(self.shape[0])[index]
        rows = np.atleast_1d(positions)
        images = np.empty((len(rows), *self.shape[1:]), np.uint8)
        if len(rows) and (np.diff(rows) == 1).all():
            self._read(int(rows[0]), images)
        else:
            for image, row in zip(images, rows):
                self._read(int(row), image)
        return images if positions.ndim else images[0]

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """All of them, in memory."""
        return self[:] if dtype is None else self[:].astype(dtype)

    def _read(self, row: int, into: np.ndarray) -> None:
        with self.turn:
            self.file.seek(row * self.size)
            if self.file.readinto(into.reshape(-1).data) != into.size:
                raise OSError(errno.EIO, "cut off while it was read; delete the folder around it", str(self.path))


def is_sound(path: Path, about: dict, progress: Progress) -> bool:
    """Whether a file of crops is as it was written: its CRC-32 is compared."""
    size, digest = path.stat().st_size, 0
    with open(path, "rb") as file:
        for _ in progress(range(0, size, CHECKED), -(-size // CHECKED), "checking decoded pictures"):
            digest = zlib.crc32(file.read(CHECKED), digest)
    return bool(about["digest"] == f"CRC-32 {digest:08x}")


def file_key(names: Iterable[str], paths: Iterable[Path], *settings: object) -> str:
    """A hash of files and settings, 32 hexadecimal digits.

    Of each file its name, size, modification time, permissions and inode number are used: a moved file keeps its key,
    a copy gets another.
    """
    digest = hashlib.sha256(repr((VERSION, *settings)).encode())
    for name, path in zip(names, paths):
        try:
            state = path.stat()
            digest.update(
                os.fsencode(f"\n{name}\0{state.st_size}\0{state.st_mtime_ns}\0{state.st_mode}\0{state.st_ino}")
            )
        except OSError:  # reported as broken when it is decoded
            digest.update(os.fsencode(f"\n{name}\0"))
    return digest.hexdigest()[:32]


def cache_folder() -> Path:
    """`minigan` in $XDG_CACHE_HOME, or in ~/.cache; BadInput if neither is set, nor known to the system."""
    home = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(home) if home else Path.home() / ".cache") / "minigan"
    except RuntimeError:  # no HOME, and a user without an entry
        raise BadInput("no folder for decoded pictures: set HOME or XDG_CACHE_HOME") from None


def _read(path: Path, size: Ints, crop: int | None) -> np.ndarray | BrokenPicture:
    try:
        return read_crop(path, size, crop)
    except BrokenPicture as error:
        return error


def _read_about(entry: Path) -> dict | None:
    """The description of a cache entry, about.json; None if the entry is missing or damaged."""
    try:
        about = json.loads((entry / "about.json").read_text("utf-8"))
        shape = [operator.index(n) for n in about["shape"]]
        size, broken = (entry / "images").stat().st_size, [(operator.index(i), str(why)) for i, why in about["broken"]]
        complete = len(shape) == 4 and min(shape) >= 0 and size == math.prod(shape) and isinstance(about["digest"], str)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return {"shape": shape, "broken": broken, "digest": about["digest"]} if complete else None


def _write(entry: Path, names: Sequence[str], size: Ints, crops: Iterable, colour: bool) -> None:
    """Write a cache entry; another process may be writing the same one."""
    part = _make_temporary_folder(entry, needed=len(names) * math.prod(pair(size)) * 3)
    try:
        about = _write_images(part, names, size, crops, colour)
        (part / "about.json").write_text(json.dumps(about), "utf-8")
        if _read_about(entry) is None:
            shutil.rmtree(entry, ignore_errors=True)  # a damaged one
        try:
            part.rename(entry)
        except OSError:
            if _read_about(entry) is None:  # else another process was faster
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _make_temporary_folder(entry: Path, needed: int) -> Path:
    """A new folder in the cache; incomplete ones of dead processes are removed.

    Raises BadInput if `needed` bytes cannot be written there.
    """
    cache = entry.parent
    hint = "set XDG_CACHE_HOME to a folder with space for decoded pictures"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for left in cache.glob("*.part"):
            if time.time() - _last_write(left) > ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
        part = Path(tempfile.mkdtemp(prefix=entry.name + ".", suffix=".part", dir=cache))
    except OSError as error:
        raise BadInput(f"{cache}: cannot be written ({error.strerror}); {hint}") from error
    free = shutil.disk_usage(cache).free
    if free < needed:
        part.rmdir()
        raise BadInput(f"{cache}: {needed / 2**20:.0f} MiB needed, {free / 2**20:.0f} MiB free; {hint}")
    return part


def _last_write(folder: Path) -> float:
    """The time of the last write in a folder; the current time if the folder has just been renamed or removed."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    except OSError:
        return time.time()


def _write_images(part: Path, names: Sequence[str], size: Ints, crops: Iterable, colour: bool) -> dict:
    """Write the crops that are not broken; returns the contents of about.json."""
    broken, skipped, grey = [], Skipped(len(names)), not colour

    def good() -> Iterator[np.ndarray]:
        nonlocal grey
        for index, crop in enumerate(crops):
            if isinstance(crop, BrokenPicture):
                skipped[names[index]] = str(crop)
                broken.append((index, str(crop)))
            else:
                grey = grey and bool((crop == crop[..., :1]).all())
                yield in_colour(crop)

    path = part / "images"
    digest = _write_blocks(path, good())
    skipped.check()
    if grey:  # known only now: keep one of three equal channels
        colours = np.memmap(path, np.uint8, "r").reshape(-1, *pair(size), 3)
        digest = _write_blocks(part / "grey", (crop[..., :1] for crop in colours))
        (part / "grey").replace(path)
    shape = (len(names) - len(broken), *pair(size), 1 if grey else 3)
    return {"shape": shape, "digest": f"CRC-32 {digest:08x}", "broken": broken}


def _write_blocks(path: Path, crops: Iterator[np.ndarray]) -> int:
    """Write crops one after another; returns the CRC-32 of the file."""
    digest, block = 0, bytearray()
    with open(path, "wb") as file:
        for number, crop in enumerate(crops, start=1):
            block += crop.tobytes()
            if number % BLOCK == 0:
                digest = zlib.crc32(block, digest)
                file.write(block)
                block.clear()
        file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return zlib.crc32(block, digest)
