"""LSUN (Yu et al. 2015): each category is an LMDB database of encoded pictures, three million for bedrooms.

Pictures are decoded on access.  Only their keys stay in memory, 48 bytes each.
"""

import weakref
import zlib
from array import array
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..errors import BadInput, Progress, import_optional
from ..ops.windows import Ints, pair
from .dataset import ImageDataset, Skipped
from .pictures import BrokenPicture, decode_crop, in_colour


def load_lsun(folder: Path, size: Ints, progress: Progress) -> ImageDataset:
    """The pictures in an LMDB folder such as bedroom_train_lmdb, in the order of their keys: (N, H, W, 3).

    Raises BadInput if there is no database, if it is damaged or empty, or if lmdb is not installed.
    """
    images = LmdbImages(open_database(folder, progress), size)
    return ImageDataset(folder.resolve().name, images, skipped=images.skipped, digest=images.digest)


class Database:
    """An open LMDB database, and all its keys."""

    def __init__(self, folder: Path, progress: Progress):
        lmdb = import_optional("lmdb", "lsun", "the source lsun")
        file = folder / "data.mdb"
        if not file.is_file():
            raise BadInput(f"{folder}: no data.mdb in it; --data-dir names an LMDB folder such as bedroom_train_lmdb")
        try:
            self.environment = lmdb.open(str(folder), readonly=True, lock=False, readahead=False)
        except lmdb.Error as error:
            raise BadInput(f"{file}: cannot be read ({error})") from error
        self.keys, self.ends = bytearray(), array("q")  # all keys joined, and the end position of each
        try:
            pages = self.environment.info()["last_pgno"] + 1
            if pages * self.environment.stat()["psize"] > file.stat().st_size:  # reading past the end would be fatal
                size = file.stat().st_size
                raise BadInput(f"{file}: {size} bytes, too few for {pages} pages: truncated; download it again")
            self._read_keys(progress)
            if not self.ends:
                raise BadInput(f"{file}: there are no pictures in it")
        except BaseException as error:
            self.environment.close()  # else the traceback would keep it open, and it could not be opened again
            if isinstance(error, lmdb.Error):
                raise BadInput(f"{file}: cannot be read ({error})") from error
            raise

    def _read_keys(self, progress: Progress) -> None:
        with self.environment.begin() as reading:
            cursor, count = reading.cursor(), reading.stat()["entries"]
            for key in progress(cursor.iternext(keys=True, values=False), count, "reading the list of pictures"):
                self.keys += key
                self.ends.append(len(self.keys))

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, position: int) -> tuple[bytes, bytes]:
        """The key and the value at a position."""
        key = bytes(self.keys[self.ends[position - 1] if position else 0 : self.ends[position]])
        with self.environment.begin(buffers=True) as reading:
            return key, bytes(reading.get(key))


# LMDB must not open a file twice in one process, so an open one is used again.
OPEN: weakref.WeakValueDictionary[Path, Database] = weakref.WeakValueDictionary()


def open_database(folder: Path, progress: Progress) -> Database:
    """The database in a folder.  Raises BadInput if there is none, or if it is damaged or empty."""
    path = folder.resolve()
    database = OPEN.get(path)
    if database is None:
        OPEN[path] = database = Database(folder, progress)
    return database


class LmdbImages:
    """Images uint8 (N, H, W, 3), decoded on access.

    A broken picture is replaced by the next one that can be decoded, so that all batches are equally large.
    """

    def __init__(self, database: Database, size: Ints):
        self.database = database
        self.shape = len(database), *pair(size), 3
        self.skipped = Skipped(len(database))
        self.digest = f"keys CRC-32 {zlib.crc32(database.keys):08x}"

    def __getitem__(self, index: slice | Iterable[int]) -> np.ndarray:
        positions = range(self.shape[0])[index] if isinstance(index, slice) else index
        crops = [self.decode(int(position)) for position in positions]
        return np.stack(crops) if crops else np.empty((0, *self.shape[1:]), np.uint8)

    def decode(self, position: int) -> np.ndarray:
        """The crop at a position, or the next one that is not broken: uint8 (H, W, 3)."""
        while True:
            key, data = self.database[position]
            try:
                return in_colour(decode_crop(data, self.shape[1:3]))
            except BrokenPicture as error:
                self.skipped[key.decode("ascii", "backslashreplace")] = str(error)
                self.skipped.check()  # ends this loop at 1 %
                position = (position + 1) % self.shape[0]
