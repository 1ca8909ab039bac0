"""Pictures with known pixels, and small data sets in the published layouts of CelebA, ImageNet and LSUN."""

import contextlib
import hashlib
import io
import os
import struct
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from minigan.errors import BadInput

SYNSETS = ("n01440764", "n01443537", "n01484850")
LEAST_LOSS = {"WEBP": {"lossless": True, "exact": True}, "JPEG": {"quality": 100, "subsampling": 0}}
CELEBA_NAMES = """
5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips Big_Nose Black_Hair Blond_Hair Blurry
Brown_Hair Bushy_Eyebrows Chubby Double_Chin Eyeglasses Goatee Gray_Hair Heavy_Makeup High_Cheekbones Male
Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard Oval_Face Pale_Skin Pointy_Nose Receding_Hairline Rosy_Cheeks
Sideburns Smiling Straight_Hair Wavy_Hair Wearing_Earrings Wearing_Hat Wearing_Lipstick Wearing_Necklace
Wearing_Necktie Young
"""
CELEBA_ATTRIBUTES = CELEBA_NAMES.split()


def encode(image: Image.Image | np.ndarray, kind: str, **options) -> bytes:
    """A picture as the bytes of a file: lossless or, as JPEG, in the best quality."""
    if isinstance(image, np.ndarray):
        image = Image.fromarray(np.ascontiguousarray(image.squeeze(-1) if image.shape[-1] == 1 else image))
    file = io.BytesIO()
    image.save(file, kind, **(LEAST_LOSS.get(kind, {}) | options))
    return file.getvalue()


def array_file(array: np.ndarray) -> bytes:
    """The bytes that `np.save` writes: a single array, not an archive."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def raw_png(width: int, height: int, depth: int, colour: int, pixels: bytes) -> bytes:
    """A PNG file, built from chunks: for sizes that do not fit in memory, and modes that Pillow cannot write.

    `pixels` are all rows, each after its filter byte 0; with too few, the picture is damaged.
    """

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def raw_exif(*tags: tuple[int, int, int, bytes]) -> bytes:
    """EXIF data of entries (tag, type, count, 4 bytes), which may be as wrong as cameras make them."""
    entries = b"".join(struct.pack(">HHI", *entry) + value for *entry, value in tags)
    return b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", len(tags)) + entries + bytes(4)


def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (height, width, channels), dtype=np.uint8)


def soft(height: int, width: int) -> np.ndarray:
    """A picture without sharp edges, which JPEG compression hardly changes."""
    small = Image.fromarray(80 + noise(7, 9) // 3)
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def shade(i: int) -> tuple[int, int, int]:
    """A colour for each number below 256, never grey."""
    return i, 255 - i, (i + 100) % 256 if i % 2 else i // 2


def shades(numbers: Iterable[int], size: int) -> np.ndarray:
    """Images (N, size, size, 3), each of one shade."""
    colours = np.array([shade(i) for i in numbers], np.uint8)
    return np.broadcast_to(colours[:, None, None], (len(colours), size, size, 3))


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def write_shades(folder: Path, count: int, broken: Iterable[int] = (), size: int = 8, grey: bool = False) -> Path:
    """000.png, 001.png, … each of one shade, or of one grey; broken ones are truncated."""
    for i in range(count):
        colour = (i, i, i) if grey else shade(i)
        data = encode(Image.new("RGB", (size, size), colour), "PNG")
        write(folder / f"{i:03d}.png", data[:-24] if i in set(broken) else data)
    return folder


def celeba_face(i: int) -> Image.Image:
    """White, with a centre square of 108 pixels: a black frame, 12 pixels wide, around the grey value 10·i."""
    image = Image.new("RGB", (178, 218), "white")
    image.paste((0, 0, 0), (35, 55, 143, 163))
    image.paste((10 * i,) * 3, (47, 67, 131, 151))
    return image


def celeba_values(i: int) -> list[int]:
    """The attributes of face i, 0 or 1; attribute a is the bit a % 5 of i."""
    return [i >> (a % 5) & 1 for a in range(len(CELEBA_ATTRIBUTES))]


def write_celeba(folder: Path, count: int, attributes: str | None = "list_attr_celeba.txt") -> Path:
    """The published layout: JPEGs numbered from 1, and a table with columns padded with spaces."""
    for i in range(1, count + 1):
        face = encode(celeba_face(i), "JPEG")
        write(folder / "img_align_celeba" / f"{i:06d}.jpg", face)
    if attributes:
        rows = [
            f"{i:06d}.jpg {' '.join(f'{2 * v - 1:2d}' for v in celeba_values(i))} \r\n" for i in range(1, count + 1)
        ]
        text = f"{count}\r\n{' '.join(CELEBA_ATTRIBUTES)} \r\n{''.join(rows)}"
        write(folder / attributes, text.encode())
    return folder


def write_imagenet(root: Path) -> Path:
    """Three classes of four photographs, of kinds that occur in the real data: wide, tall, grey, CMYK; one is a PNG.

    The centre square of photograph p of class c is grey, 60·c + 20·p, and the rest is white.
    """
    for c, synset in enumerate(SYNSETS):
        for p, size in enumerate([(90, 60), (64, 96), (70, 70), (80, 64)]):
            value, side = 60 * c + 20 * p, min(size)
            image = Image.new("L" if p == 2 else "RGB", size, "white")
            left, top = (size[0] - side) // 2, (size[1] - side) // 2
            image.paste((value,) * len(image.getbands()), (left, top, left + side, top + side))
            image = image.convert("CMYK") if p == 3 else image
            kind = "PNG" if (c, p) == (1, 0) else "JPEG"  # as in the real data, despite the suffix
            write(root / synset / f"{synset}_{10026 + p}.JPEG", encode(image, kind))
    return root


def write_batches(folder: Path, counts: Sequence[int], save=np.savez) -> tuple[np.ndarray, np.ndarray]:
    """train_data_batch_1.npz, … with these numbers of images; returns images (N, 32, 32, 3) and labels, from 0 on."""
    rng = np.random.default_rng(3)
    folder.mkdir(parents=True, exist_ok=True)
    images = rng.integers(0, 256, (sum(counts), 32, 32, 3), dtype=np.uint8)
    labels = rng.integers(1, 1001, sum(counts))
    labels[:2] = 1, 1000
    for i, end in enumerate(np.cumsum(counts)):
        part = slice(end - counts[i], end)
        rows = images[part].transpose(0, 3, 1, 2).reshape(counts[i], 3072)
        save(folder / f"train_data_batch_{i + 1}.npz", data=rows, labels=labels[part], mean=rows.mean(0))
    return images, labels - 1


class Bomb:
    """Unpickling it creates a folder."""

    def __reduce__(self):
        return os.mkdir, ("exploded",)


ROWS, LABELS = np.zeros((3, 3072), np.uint8), np.array([1, 2, 1000])
BAD_BATCHES = [  # the arrays in the file, and the error message
    ({"data": ROWS[:, :-1], "labels": LABELS}, "expected bytes (N, 3072), got uint8 of shape (3, 3071)"),
    ({"data": ROWS.astype(float), "labels": LABELS}, "got float64 of shape (3, 3072)"),
    ({"data": ROWS.reshape(3, 3, 32, 32), "labels": LABELS}, "got uint8 of shape (3, 3, 32, 32)"),
    ({"data": ROWS}, "labels"),
    ({"labels": LABELS}, "data"),
    ({"data": ROWS, "labels": LABELS - 1}, "expected labels from 1 to 1000"),
    ({"data": ROWS, "labels": LABELS + 1}, "expected labels from 1 to 1000"),
    ({"data": ROWS, "labels": LABELS[:, None]}, "got int64 of shape (3, 1)"),
    ({"data": ROWS, "labels": LABELS[:2]}, "3 images but 2 labels"),
    ({"data": ROWS, "labels": np.array([Bomb()] * 3)}, "allow_pickle=False"),
    ({"data": np.array([Bomb()] * 3), "labels": LABELS}, "allow_pickle=False"),
]


def lsun_key(i: int) -> bytes:
    """40 hexadecimal digits; the first ones sort like the numbers."""
    return f"{i:06x}{hashlib.sha1(b'%d' % i).hexdigest()[:34]}".encode()


def lsun_photograph(i: int) -> bytes:
    """A WebP picture whose shorter side has 256 pixels; the centre square has one shade, the rest is white."""
    image = Image.new("RGB", (341, 256) if i % 2 else (256, 300), "white")
    left, top = (image.width - 256) // 2, (image.height - 256) // 2
    image.paste(shade(i), (left, top, left + 256, top + 256))
    return encode(image, "WEBP", method=0)


def write_lmdb(folder: Path, values: Iterable[bytes]) -> Path:
    """A category of LSUN: keys of 40 characters, written in reverse order."""
    lmdb = pytest.importorskip("lmdb")
    with lmdb.open(str(folder), map_size=1 << 26) as database, database.begin(write=True) as writing:
        for i, value in reversed(list(enumerate(values))):
            writing.put(lsun_key(i), value)
    return folder


BAD_LMDB = {  # the damage to data.mdb, and the error message
    "missing": (os.remove, "no data.mdb in it; --data-dir names an LMDB folder"),
    "garbage": (lambda data: data.write_bytes(b"garbage" * 4000), "data.mdb: cannot be read"),
    "no bytes": (lambda data: data.write_bytes(b""), "data.mdb: cannot be read"),
    "half": (lambda data: os.truncate(data, data.stat().st_size // 8192 * 4096), "data.mdb: "),
    "empty": (lambda data: None, "data.mdb: there are no pictures in it"),
}


class CountedImages:
    """100 images that count how often they are accessed; after 60 times they cannot be read."""

    shape, asked, lock = (100, 1, 1, 1), 0, threading.Lock()

    def __getitem__(self, index):
        with self.lock:
            self.asked += 1
            if self.asked > 60:
                raise BadInput("no more")
        return np.zeros((len(index), 1, 1, 1), np.uint8)


@contextlib.contextmanager
def public_folder() -> Iterator[Path]:
    """A temporary folder that all users can read and write; pytest's folders are private."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@contextlib.contextmanager
def without_root() -> Iterator[None]:
    """A context without root privileges, because root can read every file."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


SLOW = """
import sys, time
from pathlib import Path
from minigan.data import crops, load_dataset
read, crops.BLOCK = crops.read_crop, 1
crops.read_crop = lambda *args: (time.sleep(0.02), read(*args))[1]
Path(sys.argv[2]).touch()
while len(list(Path(sys.argv[2]).parent.glob("ready*"))) < int(sys.argv[3]):
    time.sleep(0.001)
print(load_dataset("folder", Path(sys.argv[1]), 32).fingerprint())
"""


def slow_process(tree: Path, ready: Path, processes: int) -> subprocess.Popen:
    """A process that loads a folder slowly and prints the fingerprint; it starts when `processes` of them are ready."""
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, tree, ready, str(processes)], stdout=subprocess.PIPE, text=True
    )
