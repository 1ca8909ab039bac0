"""Decoding picture files: pictures of any size and common format become bytes (H, W, 1 or 3)."""

import io
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from ..files import open_regular
from ..ops.windows import Ints, pair

T = TypeVar("T")
SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff")
# What may be decoded, whatever the name of the file says.  Others can start programs: PostScript runs Ghostscript.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "PPM", "GIF", "TIFF")
LARGEST = 89_478_485  # pixels of a JPEG, which can be decoded at a part of its size; Pillow's own limit
LARGEST_WHOLE = 40_000_000  # pixels of all others: decoded whole, with copies, up to 700 MB
LARGE = 4_000_000  # pixels; of larger ones only one is decoded at a time, however many threads there are
_one_at_a_time = threading.Lock()

ORIENTATION = 0x0112  # the EXIF tag, and the transposition that turns a picture upright, by its value
UPRIGHT: dict[Any, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Box = tuple[float, float, float, float]  # left, top, right, bottom
ON_ITS_SIDE = [UPRIGHT[number] for number in (5, 6, 7, 8)]  # of a picture that is stored so

Image.init()  # registers Pillow's decoders now; doing it on first use is not thread-safe


class BrokenPicture(Exception):
    """A picture that cannot be decoded; the message is the reason, in a few words."""


def read_crop(path: Path, size: Ints, crop: int | None = None) -> np.ndarray:
    """The crop of a picture file, see `decode_crop`.  Raises BrokenPicture, also if it is no file at all."""
    return decode_crop(read_bytes(path), size, crop)


def read_bytes(path: Path) -> bytes:
    """The content of a picture file.  Raises BrokenPicture if it cannot be read, is too large, or no regular file."""
    try:
        with open_regular(path) as file:
            size = file.seek(0, 2)
            if size > 5 * LARGEST:  # more than the pixels that we accept, not even compressed
                raise BrokenPicture(f"{size:,} bytes")
            file.seek(0)
            return file.read(size)
    except OSError as error:
        raise BrokenPicture(error.strerror or str(error)) from error


def decode_crop(data: bytes, size: Ints, crop: int | None = None) -> np.ndarray:
    """The centre of an encoded picture, resized: uint8 (size, size, C), or (*size, C) for a pair, see `centre_box`.

    C is 1 if the picture is stored as grey, else 3.  The EXIF orientation is applied, transparent parts become white,
    16 bits become 8, CMYK becomes RGB.  Raises BrokenPicture if the picture cannot be decoded.
    """
    return _decoded(data, lambda image: _crop(image, size, crop))


def read_upright(path: Path) -> Image.Image:
    """A picture file decoded whole and turned upright as its EXIF says, of any mode: L, RGBA, I;16, …

    Raises BrokenPicture as `read_crop` does.
    """

    def whole(image: Image.Image) -> Image.Image:
        turn = _orientation(image)
        image.load()
        return image.copy() if turn is None else image.transpose(turn)

    return _decoded(read_bytes(path), whole)


def _decoded(data: bytes, use: Callable[[Image.Image], T]) -> T:
    """What `use` makes of an encoded picture, once its format and size are known to be ones that we accept."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            pixels, most = image.width * image.height, LARGEST if image.format == "JPEG" else LARGEST_WHOLE
            if pixels > most:
                raise BrokenPicture(f"{image.width}×{image.height} pixels, more than {most:,}")
            with _one_at_a_time if pixels > LARGE else nullcontext():
                return use(image)
    except (BrokenPicture, MemoryError):  # the picture itself may be fine
        raise
    except Image.UnidentifiedImageError as error:
        raise BrokenPicture("not a PNG, JPEG, WebP, BMP, GIF or TIFF picture") from error
    except Exception as error:  # damaged bytes can raise nearly anything in the decoders
        raise BrokenPicture(str(error) or type(error).__name__) from error


def _crop(image: Image.Image, size: Ints, crop: int | None) -> np.ndarray:
    (high, wide), (width, height) = pair(size), image.size
    orientation = _orientation(image)
    if orientation in ON_ITS_SIDE:
        high, wide = wide, high  # for the picture as it is stored
    left, top, right, bottom = box = centre_box(width, height, high, wide, crop)
    side = right - left
    if side > 2 * wide:
        # Fast JPEG decoding at 1/2, 1/4 or 1/8 of the size; at least twice the final size, for a good resize filter.
        image.draft(None, (int(width * 2 * wide // side) + 1, int(height * 2 * wide // side) + 1))
    scale = round(max(width, height) / max(image.size))  # the reduction; sizes it does not divide were rounded up
    box = (left / scale, top / scale, right / scale, bottom / scale)
    part = _to_8_bits(image).resize((wide, high), Image.Resampling.LANCZOS, box=box)
    return np.asarray(part if orientation is None else part.transpose(orientation)).reshape(*pair(size), -1)


def centre_box(width: int, height: int, high: int, wide: int, crop: int | None = None) -> Box:
    """The box (left, top, right, bottom) in the centre of a picture that has the shape of an image, `high` × `wide`.

    It is as large as possible; with `crop`, its shorter side is at most so many pixels.
    """
    most: list[float] = [width, height]
    if crop:
        most = [min(side, crop * shape / min(high, wide)) for side, shape in ((width, wide), (height, high))]
    across, down = min(most[0], most[1] * wide / high), min(most[1], most[0] * high / wide)
    left, top = (width - across) / 2, (height - down) / 2
    return left, top, left + across, top + down


def _orientation(image: Image.Image) -> Image.Transpose | None:
    """The transposition that turns a picture upright; None if it is, or if its EXIF data are damaged."""
    try:
        return UPRIGHT.get(image.getexif().get(ORIENTATION))
    except Exception:  # damaged EXIF data can raise nearly anything in the parser
        return None


def _to_8_bits(image: Image.Image) -> Image.Image:
    """The picture with 8 bits per channel, grey (L) or RGB, on white where it is transparent."""
    if image.mode.startswith("I"):
        grey = grey_of_16_bits(image)
        grey[np.asarray(image) == image.info.get("transparency", -1)] = 255
        return Image.fromarray(grey)
    if image.mode == "F":
        raise BrokenPicture("floating-point numbers, whose black and white are not known")
    if image.has_transparency_data:
        was_grey = image.mode in ("L", "LA", "La", "1")
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return image.convert("L" if was_grey else "RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def grey_of_16_bits(image: Image.Image) -> np.ndarray:
    """A grey picture of 16 bits, or of 32 that hold 16, as bytes; Pillow would cut off at 255.

    If no value needs more than 12 bits, as a camera or a scanner writes them, 12 bits are what white has.
    """
    values = np.asarray(image)
    return (values >> (4 if values.max(initial=0) < 4096 else 8)).clip(0, 255).astype(np.uint8)


def in_colour(crop: np.ndarray) -> np.ndarray:
    """A crop (H, W, 1 or 3) as (H, W, 3); a grey one is repeated, without a copy."""
    return np.broadcast_to(crop, (*crop.shape[:2], 3))


def resize_images(images: np.ndarray, size: Ints) -> np.ndarray:
    """The centres of bytes (N, H, W, C), resized as in `decode_crop`."""
    (height, width, channels), (high, wide) = images.shape[1:], pair(size)
    if (height, width) == (high, wide):
        return images
    box = centre_box(width, height, high, wide)
    out = np.empty((len(images), high, wide, channels), np.uint8)
    for i, image in enumerate(images):
        picture = Image.fromarray(np.ascontiguousarray(image[..., 0] if channels == 1 else image))
        part = picture.resize((wide, high), Image.Resampling.LANCZOS, box=box)
        out[i] = np.asarray(part).reshape(high, wide, channels)
    return out
