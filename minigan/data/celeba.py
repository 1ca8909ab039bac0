"""CelebA (Liu et al. 2015): 202,599 aligned faces of 178×218 pixels, with 40 attributes each."""

from pathlib import Path

import numpy as np

from ..errors import BadInput, Progress
from .crops import crops_of_files
from .dataset import ImageDataset
from .folder import find_pictures

CROP = 108  # the square in the middle that shows the face, as it is usual for DCGANs
PICTURES, ATTRIBUTES = "img_align_celeba", "list_attr_celeba.txt"


def load_celeba(folder: Path, size: int, progress: Progress) -> ImageDataset:
    """The faces in `folder`/img_align_celeba, and their attributes if list_attr_celeba.txt is there too.

    `folder` may also be img_align_celeba itself.
    """
    if folder.name == PICTURES and not (folder / PICTURES).is_dir():
        folder = folder.parent
    if not (folder / PICTURES).is_dir():
        raise BadInput(f"{folder}: expected a folder {PICTURES} in it")
    paths = find_pictures(folder / PICTURES)
    names: list[str] = []
    table: dict[str, np.ndarray] = {}
    for place in (folder / ATTRIBUTES, folder / "Anno" / ATTRIBUTES):
        if place.is_file():
            names, table = read_attributes(place)
            absent = [path.name for path in paths if path.name not in table]
            if absent:
                raise BadInput(f"{place}: expected a line for each picture, found none for {absent[0]}")
            break
    crops = crops_of_files(paths, folder / PICTURES, size, progress, crop=CROP, colour=True)
    attributes = np.stack([table[paths[i].name] for i in crops.kept]) if table else None
    return ImageDataset(
        "celeba",
        crops.images,
        attributes=attributes,
        attribute_names=names,
        skipped=crops.skipped,
        digest=crops.digest,
    )


def read_attributes(path: Path) -> tuple[list[str], dict[str, np.ndarray]]:
    """The names in list_attr_celeba.txt, and for each file name 0 or 1 for each of them.

    The first line is the number of pictures, the second the names; then a line for each picture: its file name, and
    1 or −1 for each attribute.
    """
    try:
        count, header, *lines = path.read_text("utf-8").splitlines()
        names = header.split()
        table = {name: np.array(values, int) for name, *values in (line.split() for line in lines if line.strip())}
        if len(table) != int(count):
            raise ValueError(f"{len(table)} of {int(count)} pictures")
        for name, values in table.items():
            if len(values) != len(names) or (np.abs(values) != 1).any():
                raise ValueError(f"expected {len(names)} numbers, each 1 or -1, for {name}")
    except (OSError, ValueError, OverflowError) as error:
        raise BadInput(f"{path}: not the attributes of CelebA ({error})") from error
    return names, {name: (values > 0).astype(np.uint8) for name, values in table.items()}
