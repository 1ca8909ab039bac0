"""One process to a folder: a lock that the system releases when its process ends, however it ends."""

import errno
import os
import sys
from pathlib import Path
from typing import IO

from ..errors import BadInput

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(file: IO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


NAME = "lock"
TAKEN = (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)


class FolderLock:
    """The lock of a folder, held from its creation to `release()`, or to the end of the process.

    It is on a file in the folder, which stays there and holds the number of the process.  Raises BadInput if another
    process holds it.  On a file system without locks, `works` is False, and nothing is refused.
    """

    def __init__(self, folder: Path):
        self.path, self.works = folder / NAME, True
        while True:
            self.file = open(self.path, "a+")  # noqa: SIM115  (held open as long as the lock)
            try:
                _take(self.file)
            except OSError as error:
                if error.errno in TAKEN:
                    self.file.seek(0)
                    owner = self.file.read(20).strip() or "?"
                    self.file.close()
                    raise BadInput(
                        f"{folder}: another process ({owner}) is writing there; wait until it has finished, "
                        "or choose another --out"
                    ) from None
                self.works = False  # ENOLCK, EOPNOTSUPP: a network file system without locks
            if self._is_still_there():
                break
            self.file.close()  # somebody removed the file between opening and locking: take the new one
        self.file.seek(0)
        self.file.truncate()
        self.file.write(f"{os.getpid()}\n")
        self.file.flush()

    def _is_still_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self.file.fileno()), os.stat(self.path))
        except OSError:
            return False

    def release(self) -> None:
        """Let others write; called twice, it does nothing."""
        self.file.close()
