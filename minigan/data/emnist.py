"""EMNIST: handwritten letters and digits in the format of MNIST (Cohen et al. 2017, arXiv:1702.05373).

There are six splits.  Its images are transposed, compared with MNIST's; `load_idx_folder` turns them upright.
"""

from pathlib import Path

from ..errors import BadInput
from .dataset import ImageDataset
from .mnist import load_idx_folder

SPLITS = ("balanced", "byclass", "bymerge", "digits", "letters", "mnist")


def load_emnist(split: str, folder: Path) -> ImageDataset:
    """The training images of a split, 28×28×1, upright, with labels named by their characters if the mapping is there.

    The files are emnist-SPLIT-train-images-idx3-ubyte, gzipped or not, the labels and emnist-SPLIT-mapping.txt beside.
    Raises BadInput as `load_idx_folder` does, or if the mapping is damaged.
    """
    found = load_idx_folder(folder, f"emnist-{split}-train-")
    names = list(found.label_names)
    if mapping := characters(folder / f"emnist-{split}-mapping.txt"):
        names = [mapping.get(name, name) for name in names]
    return ImageDataset(f"emnist-{split}", found.images, found.labels, names)


def characters(path: Path) -> dict[str, str]:
    """For each label of a mapping file its first character; {} if there is no such file.  BadInput if it is damaged."""
    if not path.is_file():
        return {}
    try:
        lines = [line.split() for line in path.read_text("ascii").splitlines() if line.strip()]
        return {label: chr(int(code)) for label, code, *_ in lines}
    except (OSError, ValueError, OverflowError) as error:
        raise BadInput(f"{path}: expected lines of a label and codes of characters ({error})") from error
