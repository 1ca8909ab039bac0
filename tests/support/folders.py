"""What is in a run's folder, to compare it with another one's."""

from pathlib import Path

import numpy as np


def content(folder: Path) -> dict[str, bytes]:
    """Every file by its name, but the lock; of archives the arrays, as a zip also holds the time."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".npz":
            with np.load(path) as archive:
                found |= {f"{path.name}/{name}": archive[name].tobytes() for name in archive.files}
        elif path.is_file() and path.name != "lock":
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found
