"""The pictures in a folder of your own."""

import os
from collections import Counter
from pathlib import Path

import numpy as np

from ..errors import BadInput, Progress
from ..ops.windows import Ints
from .crops import crops_of_files
from .dataset import ImageDataset
from .pictures import SUFFIXES


def load_folder(folder: Path, size: Ints, progress: Progress) -> ImageDataset:
    """All pictures in a folder and in those below it, as `decode_crop` crops them; grey if every picture is.

    Of files with several pictures, GIFs and TIFFs, the first one is taken.  If all pictures are in subfolders, of which
    there are several, each of these is a class of its name, and the pictures are in `mixed_order`.
    """
    files = files_below(folder)
    pictures = pictures_among(files, folder)
    labels, names = classes_by_folder(pictures, folder)
    if labels is not None:
        order = mixed_order(len(pictures))
        pictures, labels = [pictures[i] for i in order], labels[order]
    crops = crops_of_files(pictures, folder, size, progress)
    others = Counter(path.suffix.lower() or "no suffix" for path in files if not is_picture(path))
    name = folder.resolve().name
    kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(others.items()))
    notes = [f"no pictures by their names, and not read: {kinds}"] if others else []
    return ImageDataset(
        name,
        crops.images,
        None if labels is None else labels[crops.kept],
        names,
        skipped=crops.skipped,
        notes=notes,
        digest=crops.digest,
    )


def classes_by_folder(pictures: list[Path], folder: Path) -> tuple[np.ndarray | None, list[str]]:
    """The class of each picture, by the subfolder of `folder` that it is in, and the names of these.

    None and [] if a picture is directly in `folder`, or if there is only one subfolder.
    """
    parts = [path.relative_to(folder).parts for path in pictures]
    names, labels = np.unique([part[0] for part in parts], return_inverse=True)
    if len(names) < 2 or any(len(part) == 1 for part in parts):
        return None, []
    return labels, names.tolist()


def mixed_order(count: int) -> np.ndarray:
    """A random order, the same each time: the last pictures, which may be held out, are of all classes."""
    return np.random.default_rng(0).permutation(count)


def is_picture(path: Path) -> bool:
    """Whether a file is a picture by its name."""
    return path.suffix.lower() in SUFFIXES


def find_pictures(folder: Path) -> list[Path]:
    """The files below a folder that are pictures by their names, see `files_below`; BadInput if there are none."""
    return pictures_among(files_below(folder), folder)


def pictures_among(files: list[Path], folder: Path) -> list[Path]:
    """Those of the files below `folder` that are pictures by their names; BadInput if there are none."""
    found = [path for path in files if is_picture(path)]
    if not found:
        raise BadInput(f"{folder}: no pictures in it or in its subfolders; expected {', '.join(SUFFIXES)}")
    return found


def files_below(folder: Path) -> list[Path]:
    """The files of a folder and of those below it, each folder in order of names.

    Links are followed, and a folder that is reached twice is read once.  Names that begin with a dot are left out.
    Raises BadInput if a folder cannot be read.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; --data-dir names one with pictures")
    found: list[Path] = []
    seen: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            state = current.stat()
            names = sorted(os.listdir(current)) if (state.st_dev, state.st_ino) not in seen else []
            paths = [(path, path.is_dir()) for name in names if not name.startswith(".") for path in [current / name]]
        except OSError as error:
            raise BadInput(f"{current}: cannot be read ({error.strerror})") from error
        seen.add((state.st_dev, state.st_ino))
        waiting += [path for path, is_folder in reversed(paths) if is_folder]
        found += [path for path, is_folder in paths if not is_folder]
    return found
