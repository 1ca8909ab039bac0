"""Decoding picture files: pictures of any size and common format become bytes (S, S, 1 or 3)."""

import io
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "PPM")  # what may be decoded, whatever the name of the file says
LARGEST = 89_478_485  # pixels; Pillow too takes a picture of more for a decompression bomb (256 MiB of RGB)

ORIENTATION = 0x0112  # the EXIF tag, and how a picture is turned upright by its value
UPRIGHT: dict[Any, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Image.init()  # Pillow would register its decoders when first asked, and threads would get in each other's way


class BrokenPicture(Exception):
    """A picture that cannot be decoded; the text says why, in a few words."""


def read_crop(path: Path, size: int, crop: int | None = None) -> np.ndarray:
    """The crop of a picture file, see `decode_crop`.  Raises BrokenPicture, also if it is no file at all."""
    try:
        state = os.stat(path)
        if not stat.S_ISREG(state.st_mode):  # opening a pipe would wait for ever
            raise BrokenPicture("not a regular file")
        if state.st_size > 5 * LARGEST:  # more than the pixels that we accept, not even compressed
            raise BrokenPicture(f"{state.st_size:,} bytes")
        return decode_crop(path.read_bytes(), size, crop)
    except OSError as error:
        raise BrokenPicture(error.strerror or str(error)) from error


def decode_crop(data: bytes, size: int, crop: int | None = None) -> np.ndarray:
    """The square in the middle of an encoded picture, `crop` pixels wide, resized to (size, size, C) bytes.

    By default the square is as wide as the shorter side.  C is 1 if the picture is stored as grey, else 3.  The
    picture is turned upright as its EXIF says, transparent parts are white, 16 bits become 8, CMYK becomes RGB.
    Raises BrokenPicture where that cannot be done.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > LARGEST:
                raise BrokenPicture(f"{image.width}×{image.height} pixels, more than {LARGEST:,}")
            return _crop(image, size, crop)
    except (BrokenPicture, MemoryError):  # the picture itself may be fine
        raise
    except Image.UnidentifiedImageError as error:
        raise BrokenPicture("not a PNG, JPEG, WebP or BMP picture") from error
    except Exception as error:  # damaged bytes can raise nearly anything in the decoders
        raise BrokenPicture(str(error) or type(error).__name__) from error


def _crop(image: Image.Image, size: int, crop: int | None) -> np.ndarray:
    width, height = image.size
    side = min(crop or width, width, height)
    turn = _turn(image)
    if side > 2 * size:
        # A JPEG can be decoded at a half, a quarter or an eighth of its size; twice ours leaves room to filter.
        image.draft(None, (width * 2 * size // side + 1, height * 2 * size // side + 1))
    scale = round(max(width, height) / max(image.size))  # sizes that it does not divide were rounded up
    left, top = (width - side) / 2, (height - side) / 2
    box = (left / scale, top / scale, (left + side) / scale, (top + side) / scale)
    square = _plain(image).resize((size, size), Image.Resampling.LANCZOS, box=box)
    return np.asarray(square if turn is None else square.transpose(turn)).reshape(size, size, -1)


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What turns a picture upright; a square in its middle stays there."""
    try:
        return UPRIGHT.get(image.getexif().get(ORIENTATION))
    except Exception:  # damaged EXIF data do not spoil the picture
        return None


def _plain(image: Image.Image) -> Image.Image:
    """The picture with 8 bits per channel, grey (L) or RGB, on white where it is transparent."""
    if image.mode.startswith("I"):  # 16 bits, or 32 that hold 16; Pillow would cut off at 255
        values = np.asarray(image)
        grey = (values >> 8).astype(np.uint8)
        grey[values == image.info.get("transparency", -1)] = 255
        return Image.fromarray(grey)
    if image.has_transparency_data:
        was_grey = image.mode in ("L", "LA", "La", "1")
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return image.convert("L" if was_grey else "RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def in_colour(crop: np.ndarray) -> np.ndarray:
    """A crop (S, S, 1 or 3) as (S, S, 3)."""
    return np.broadcast_to(crop, (*crop.shape[:2], 3))


def resize_images(images: np.ndarray, size: int) -> np.ndarray:
    """Bytes (N, H, W, C) as (N, size, size, C): the square in the middle, resized as `decode_crop` does."""
    height, width, channels = images.shape[1:]
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    if (height, width) == (size, size):
        return images
    out = np.empty((len(images), size, size, channels), np.uint8)
    for i, image in enumerate(images):
        picture = Image.fromarray(np.ascontiguousarray(image[..., 0] if channels == 1 else image))
        square = picture.resize((size, size), Image.Resampling.LANCZOS, box=box)
        out[i] = np.asarray(square).reshape(size, size, channels)
    return out
