"""LSUN (Yu et al. 2015): a category is an LMDB database of encoded pictures, three million for bedrooms.

They are decoded when they are asked for, and never all held: what stays in memory is the keys, 40 bytes for each.
"""

import zlib
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadInput
from ..extras import need
from ..progress import Progress
from .dataset import ImageDataset, Skipped
from .pictures import BrokenPicture, decode_crop, in_colour


def load_lsun(folder: Path, size: int, progress: Progress) -> ImageDataset:
    """The pictures of an LMDB folder such as bedroom_train_lmdb, in the order of their keys."""
    lmdb = need("lmdb", "lsun", "the source lsun")
    if not (folder / "data.mdb").is_file():
        raise BadInput(f"{folder}: no data.mdb in it; --data-dir names an LMDB folder such as bedroom_train_lmdb")
    try:
        database = lmdb.open(str(folder), readonly=True, lock=False, readahead=False)
        images = LmdbImages(database, size, progress)
    except lmdb.Error as error:
        raise BadInput(f"{folder / 'data.mdb'}: cannot be read ({error})") from error
    if not len(images.ends):
        raise BadInput(f"{folder / 'data.mdb'}: there are no pictures in it")
    return ImageDataset(folder.resolve().name, images, skipped=images.skipped, digest=images.digest)


class LmdbImages:
    """Images uint8 (N, S, S, 3), decoded when asked for.

    In the place of a broken picture stands the next whole one, so that a batch is as large as every other.
    """

    def __init__(self, database: Any, size: int, progress: Progress):
        self.database = database
        self.keys, self.ends = bytearray(), array("q")  # one after the other, and where each ends
        with database.begin() as reading:
            count = reading.stat()["entries"]
            cursor = reading.cursor()
            for key in progress(cursor.iternext(keys=True, values=False), count, "reading the list of pictures"):
                self.keys += key
                self.ends.append(len(self.keys))
        self.shape = count, size, size, 3
        self.skipped = Skipped(count)
        self.digest = f"keys CRC-32 {zlib.crc32(self.keys):08x}"

    def __getitem__(self, index: slice | Iterable[int]) -> np.ndarray:
        positions = range(self.shape[0])[index] if isinstance(index, slice) else index
        crops = [self.whole(int(position)) for position in positions]
        return np.stack(crops) if crops else np.empty((0, *self.shape[1:]), np.uint8)

    def whole(self, position: int) -> np.ndarray:
        """The picture at a position, or the next one that is not broken."""
        while True:
            key = bytes(self.keys[self.ends[position - 1] if position else 0 : self.ends[position]])
            with self.database.begin(buffers=True) as reading:
                data = bytes(reading.get(key))
            try:
                return in_colour(decode_crop(data, self.shape[1]))
            except BrokenPicture as error:
                self.skipped.add(key.decode("ascii", "backslashreplace"), str(error))  # ends this loop at 1 %
                position = (position + 1) % self.shape[0]
