"""CelebA (Liu et al. 2015): 202,599 aligned faces of 178×218 pixels, with 40 attributes each."""

from pathlib import Path

import numpy as np

from ..errors import BadInput, Progress
from ..ops.windows import Ints
from .crops import crops_of_files
from .dataset import ImageDataset
from .folder import find_pictures

CROP = 108  # the square in the middle that shows the face, as it is usual for DCGANs
PICTURES = ("img_align_celeba", "img_align_celeba_png")
ATTRIBUTES = ("list_attr_celeba.txt", "list_attr_celeba.csv")


def load_celeba(folder: Path, size: Ints, progress: Progress) -> ImageDataset:
    """The faces in `folder`/img_align_celeba, with their attributes if list_attr_celeba.txt is in `folder` too.

    `folder` may also be img_align_celeba itself.  Other editions are read as well: PNG files in img_align_celeba_png,
    and Kaggle's, whose attributes are list_attr_celeba.csv and whose folder holds another of its name.
    """
    if folder.name in PICTURES and not any((folder / name).is_dir() for name in PICTURES):
        folder = folder.parent
    faces = next((folder / name for name in PICTURES if (folder / name).is_dir()), None)
    if faces is None:
        raise BadInput(f"{folder}: expected a folder {PICTURES[0]} in it")
    faces = faces / faces.name if (faces / faces.name).is_dir() else faces
    paths = find_pictures(faces)
    names: list[str] = []
    table: dict[str, np.ndarray] = {}
    for place in (parent / name for parent in (folder, folder / "Anno") for name in ATTRIBUTES):
        if place.is_file():
            names, table = read_attributes(place)
            table |= {f"{Path(name).stem}.png": values for name, values in table.items()}
            absent = [path.name for path in paths if path.name not in table]
            if absent:
                raise BadInput(f"{place}: expected a line for each picture, found none for {absent[0]}")
            break
    listed = len({Path(name).stem for name in table})
    absent_pictures = listed - len(paths) if table else 0
    notes = [f"{absent_pictures} of the {listed} that {place.name} lists are not there"] if absent_pictures else []
    crops = crops_of_files(paths, faces, size, progress, crop=CROP, colour=True)
    attributes = np.stack([table[paths[i].name] for i in crops.kept]) if table else None
    return ImageDataset(
        "celeba",
        crops.images,
        attributes=attributes,
        attribute_names=names,
        skipped=crops.skipped,
        notes=notes,
        digest=crops.digest,
    )


def read_attributes(path: Path) -> tuple[list[str], dict[str, np.ndarray]]:
    """The attribute names in list_attr_celeba.txt, and by file name the values, uint8 (A,), each 0 or 1.

    The first line is the number of pictures, the second the names; then a line for each picture: its file name, and
    1 or −1 for each attribute.  A CSV file has no number of pictures, and "image_id" before the names.
    """
    try:
        count, header, *lines = path.read_text("utf-8").splitlines()
        names, separator = header.split(), None
        if path.suffix == ".csv":
            (_, *names), separator, lines, count = count.split(","), ",", [header, *lines], ""
        rows = (line.split(separator) for line in lines if line.strip())
        table = {name: np.array(values, int) for name, *values in rows}
        if count and len(table) != int(count):
            raise ValueError(f"{len(table)} of {int(count)} pictures")
        for name, values in table.items():
            if len(values) != len(names) or (np.abs(values) != 1).any():
                raise ValueError(f"expected {len(names)} numbers, each 1 or -1, for {name}")
    except (OSError, ValueError, OverflowError) as error:
        raise BadInput(f"{path}: not the attributes of CelebA ({error})") from error
    return names, {name: (values > 0).astype(np.uint8) for name, values in table.items()}
