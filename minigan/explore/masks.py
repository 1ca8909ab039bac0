"""Masks for completion, bool (H, W): True where a pixel is known, False where it is to be completed."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from ..data.pictures import BrokenPicture, centre_box, grey_of_16_bits, read_upright
from ..errors import BadInput
from ..ops.windows import Ints, Pair, pair

REMOVED = 0.8  # the share of pixels that `random` removes, as in Yeh et al. 2016


def random(size: Pair, rng: np.random.Generator) -> np.ndarray:
    """80 % of the pixels, at random, are removed."""
    known = np.ones(math.prod(size), bool)
    known[rng.permutation(known.size)[: round(REMOVED * known.size)]] = False
    return known.reshape(size)


def centre(size: Pair, rng: np.random.Generator) -> np.ndarray:
    """A part of half the height and width is removed from the centre."""
    known = np.ones(size, bool)
    known[tuple(slice(side // 4, side - side // 4) for side in size)] = False
    return known


def left(size: Pair, rng: np.random.Generator) -> np.ndarray:
    """The left half is removed."""
    return np.tile(np.arange(size[1]) >= size[1] // 2, (size[0], 1))


def lower(size: Pair, rng: np.random.Generator) -> np.ndarray:
    """The lower half is removed."""
    return left(size[::-1], rng).T[::-1].copy()


def rows(size: Pair, rng: np.random.Generator) -> np.ndarray:
    """Every second row is removed."""
    return np.tile(np.arange(size[0])[:, None] % 2 == 0, (1, size[1]))


MASKS: dict[str, Callable[[Pair, np.random.Generator], np.ndarray]] = {
    "random": random,
    "centre": centre,
    "left": left,
    "lower": lower,
    "rows": rows,
}


def draw_masks(name: str, count: int, size: Ints, rng: np.random.Generator) -> np.ndarray:
    """`count` masks (count, H, W) by a name in MASKS; those of `random` are all different."""
    return np.stack([MASKS[name](pair(size), rng) for _ in range(count)])


def load_mask(path: Path, size: Ints) -> np.ndarray:
    """The mask in a picture file: removed where it is transparent, as erasers of paint programs leave it.

    If nothing in it is transparent: removed where it is dark (below half of white), known where it is light.  The
    middle is taken, upright as EXIF says, and resized by nearest pixels, so that nothing becomes grey.  Raises BadInput
    if the file cannot be read, or if it removes nothing or everything.
    """
    try:
        grey = light_where_known(read_upright(path))
    except BrokenPicture as error:
        raise BadInput(f"--mask: {path}: cannot be read ({error})") from error
    high, wide = pair(size)
    part = grey.resize((wide, high), Image.Resampling.NEAREST, box=centre_box(*grey.size, high, wide))
    known = np.asarray(part) >= 128
    if known.all() or not known.any():
        raise BadInput(f"--mask: {path}: {why_uniform(grey, known)}")
    return known


def light_where_known(image: Image.Image) -> Image.Image:
    """As grey, what decides: the opacity if anything is transparent, as dark parts of a photo stay; else the light."""
    if image.mode.startswith("I"):
        return Image.fromarray(grey_of_16_bits(image))
    if image.has_transparency_data:
        opacity = image.convert("RGBA").getchannel("A")
        if (np.asarray(opacity) < 128).any():
            return opacity
    return image.convert("RGB").convert("L")


def why_uniform(grey: Image.Image, known: np.ndarray) -> str:
    """Why all pixels of a mask are the same: the picture is uniform, or cropping and resizing made it so."""
    kind, result = ("dark or transparent", "to complete") if known.all() else ("light", "is known")
    light = np.asarray(grey) >= 128
    if light.any() and not light.all():
        size = "×".join(map(str, known.shape))
        return f"no {kind} pixel is left after the centre is resized to {size}; enlarge it"
    expected = "expected white where the image is known, black or transparent elsewhere"
    return f"no {kind} pixel, so nothing {result}; {expected}"
