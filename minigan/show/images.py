"""Grids of images as one picture, and pictures as PNG and GIF files.  Images are uint8 (N, H, W, C)."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from ..files import write_atomically

DPI = 110  # of figures
GAP, BACKGROUND = 2, 255  # pixels between the images of a grid, and their colour


def image_grid(images: np.ndarray, columns: int | None = None, scale: int | None = None) -> np.ndarray:
    """One picture (H, W, 3) of all images, row by row; by default with about as many rows as columns.

    The images are uint8 (N, height, width, 1 or 3), the picture is uint8, with white lines of 2 pixels between them.
    Each pixel is enlarged to `scale` × `scale`; by default 2 for images lower than 64 pixels, else 1.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan.show import image_grid
    >>> image_grid(np.zeros((6, 28, 28, 1), np.uint8)).shape
    (118, 176, 3)
    """
    n, height, width, channels = images.shape
    scale = scale or (2 if height < 64 else 1)
    columns = columns or int(np.ceil(np.sqrt(n)))
    rows = -(-n // columns)
    large = images.repeat(scale, axis=1).repeat(scale, axis=2)
    large = np.broadcast_to(large, (*large.shape[:3], 3)) if channels == 1 else large
    cell_h, cell_w = height * scale + GAP, width * scale + GAP
    picture = np.full((rows * cell_h + GAP, columns * cell_w + GAP, 3), BACKGROUND, np.uint8)
    for i, image in enumerate(large):
        top, left = GAP + i // columns * cell_h, GAP + i % columns * cell_w
        picture[top : top + height * scale, left : left + width * scale] = image
    return picture


def save_png(path: Path | BinaryIO, picture: np.ndarray) -> None:
    """Write a picture of bytes, (H, W, 3) or grey (H, W, 1), to an open file, or to a path, whole or not at all.

    Raises OSError if the file cannot be written.
    """
    if isinstance(path, Path):
        write_atomically(path, lambda file: save_png(file, picture))
    else:
        Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture).save(path, format="PNG")


def save_gif(path: Path, pictures: Sequence[np.ndarray], seconds: float = 0.6) -> None:
    """Write pictures of one size as an endless GIF, whole or not at all; the last one stays longer.

    They are bytes (H, W, 3); each is shown for so many seconds, the last one for three times as many.  Raises OSError
    if the file cannot be written.
    """
    first, *rest = (Image.fromarray(picture) for picture in pictures)
    durations = [int(1000 * seconds)] * len(rest) + [int(3000 * seconds)]
    more = {"save_all": True, "append_images": rest, "duration": durations, "loop": 0}
    write_atomically(path, lambda file: first.save(file, format="GIF", **more))


def save_figure(path: Path, figure: Figure) -> None:
    """Write a figure of Matplotlib as a PNG, whole or not at all.  Raises OSError if it cannot be written."""
    write_atomically(path, lambda file: figure.savefig(file, format="png", dpi=DPI))


def load_picture(path: Path) -> np.ndarray:
    """A picture (H, W, 3) that `save_png` wrote; raises OSError or ValueError if it is something else, or damaged."""
    with Image.open(path, formats=["PNG"]) as image:
        return np.asarray(image.convert("RGB"))
