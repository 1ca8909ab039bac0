"""20,000 computer-drawn faces of 32×32 pixels with five attributes each, included in the package.

18,000 of them are the training set; the last 2,000 are the test set.
"""

import hashlib

import numpy as np

from ..errors import BadInput
from ..files import shipped
from .dataset import ImageDataset

SHA256 = "d154728e4d8e258f752cd5214c95ce107a0801dce074e542fec35b2d2825e9bc"
TEST = 2_000


def load_pixel_faces(split: str = "train") -> ImageDataset:
    """The faces of a split, "train" or "test", 32×32×3.

    The attributes are glasses, hat, beard, long_hair and smile; the labels are skin tones, 0 (light) … 7.  Raises
    ValueError for another split, BadInput if the file in the package is missing or damaged.
    """
    if split not in ("train", "test"):
        raise ValueError(f"expected split 'train' or 'test', got {split!r}")
    part = slice(None, -TEST) if split == "train" else slice(-TEST, None)
    path = shipped("data") / "pixel_faces" / "pixel_faces.npz"
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise BadInput(f"{path}: missing, or not the file that was shipped; install minigan again")
    with np.load(path) as archive:
        return ImageDataset(
            "pixel-faces",
            archive["images"][part],
            archive["skin_tone"][part],
            attributes=archive["attributes"][part],
            attribute_names=archive["attribute_names"].tolist(),
        )
