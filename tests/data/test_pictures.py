"""Decoding picture files: the crop shows the centre of the picture as a viewer does, or the picture is broken."""

import io
import os
import resource
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from minigan.data.pictures import BrokenPicture, decode_crop, read_crop, resize_images
from tests.support.picture_files import encode, noise, raw_exif, raw_png, soft, without_root

KINDS = ["PNG", "JPEG", "WEBP", "BMP"]


def crop_or_reason(data):
    """The crop, or the reason why there is none; any other exception is a bug."""
    try:
        return decode_crop(data, 8)
    except BrokenPicture as error:
        assert str(error)  # noqa: PT017
        return str(error)


def assert_near(a, b, most):
    assert a.shape == b.shape
    difference = int(np.abs(a.astype(int) - b).max())
    assert difference <= most


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP"])
def test_a_picture_of_the_right_size_is_not_changed(kind, channels):
    pixels = noise(48, 48, channels)
    expected = np.repeat(pixels, 3, 2) if kind == "WEBP" and channels == 1 else pixels  # WebP has no grey mode
    np.testing.assert_array_equal(decode_crop(encode(pixels, kind), 48), expected)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_jpeg_of_the_right_size_is_hardly_changed(channels):
    pixels = soft(48, 48)[..., :channels]
    assert_near(decode_crop(encode(pixels, "JPEG"), 48), pixels, 4)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP"])
@pytest.mark.parametrize("turned", [False, True], ids=["wide", "tall"])
def test_the_centre_square_is_taken(kind, turned):
    red, green, blue = (np.broadcast_to(np.eye(3, dtype=np.uint8)[i] * 255, (10, 10, 3)) for i in range(3))
    bands = np.concatenate([red, green, blue], axis=1)
    bands = bands.swapaxes(0, 1) if turned else bands
    np.testing.assert_array_equal(decode_crop(encode(bands, kind), 10), green)


def test_a_crop_of_a_given_width():
    pixels = noise(40, 30)
    np.testing.assert_array_equal(decode_crop(encode(pixels, "PNG"), 12, crop=12), pixels[14:26, 9:21])
    whole = decode_crop(encode(pixels, "PNG"), 30)
    np.testing.assert_array_equal(decode_crop(encode(pixels, "PNG"), 30, crop=31), whole)
    np.testing.assert_array_equal(whole, pixels[5:35])


@pytest.mark.parametrize("kind", KINDS)
def test_fine_detail_becomes_grey_when_downscaled(kind):
    """Taking every 16th pixel would give only black, or only white."""
    board = (np.indices((512, 512)).sum(0) % 2 * 255).astype(np.uint8)[..., None]
    crop = decode_crop(encode(board, kind), 32)
    assert np.abs(crop.astype(int) - 127).max() <= 1
    assert np.abs(resize_images(board[None], 32).astype(int) - 127).max() <= 1


def test_a_small_picture_is_upscaled():
    crop = decode_crop(encode(np.repeat([[[0], [0], [255], [255]]], 4, 0).astype(np.uint8), "PNG"), 64)
    np.testing.assert_array_equal(crop, np.broadcast_to(crop[:1], crop.shape))
    assert_near(crop[:, ::-1], 255 - crop.astype(int), 1)
    assert crop[0, 8] < 20
    assert crop[0, 55] > 235


@pytest.mark.parametrize("crop", [None, 600])
@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("shape", [(777, 1001), (1001, 777)])
def test_a_large_jpeg_is_decoded_at_reduced_size_and_looks_the_same(shape, orientation, crop):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(soft(*shape), "JPEG", exif=exif)
    full = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert_near(decode_crop(data, 32, crop), decode_crop(encode(full, "PNG"), 32, crop), 8)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_is_applied(orientation, kind):
    upright = soft(16, 24) if kind == "JPEG" else noise(16, 24)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.swapaxes(0, 1),
        6: np.rot90(upright, 1),  # the camera was turned anticlockwise, so the viewer must turn clockwise
        7: upright.swapaxes(0, 1)[::-1, ::-1],
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    crop = decode_crop(encode(stored, kind, exif=exif), 16)
    assert_near(crop, upright[:, 4:20], 3 if kind == "JPEG" else 0)


@pytest.mark.parametrize(
    "exif",
    [b"Exif\0\0garbage", raw_exif((0x0112, 3, 1, b"\0\x09\0\0")), raw_exif((0x8769, 4, 1, b"\xff\xff\xff\xff"))]
    + [raw_exif((0x010F, 11, 1, b"abcd"), (0x0112, 3, 1, b"\0\6\0\0"))],  # a number for the maker's name
    ids=["garbage", "orientation 9", "link into nothing", "maker is a number"],
)
def test_a_picture_with_damaged_exif_data_is_decoded(exif):
    data = encode(np.full((16, 16, 3), 77, np.uint8), "JPEG", exif=exif)
    assert (decode_crop(data, 8) == 77).all()


def palette(**options) -> bytes:
    image = Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8), "P")
    image.putpalette([10, 20, 30, 200, 100, 0, 7, 7, 7])
    return encode(image, "PNG", **options)


GREYS = np.array([[0, 100], [200, 255]], np.uint8)
CMYK = {"red": (0, 255, 255, 0), "black": (0, 0, 0, 255), "white": (0, 0, 0, 0)}
RED_16 = raw_png(2, 2, 16, 2, (b"\0" + (b"\xff\x80" + b"\x12\x34" + b"\0\0") * 2) * 2)
GREY_16 = raw_png(2, 2, 16, 0, b"\0\0\0\x12\x34" + b"\0\x80\0\xff\xff")
GREY_ALPHA_16 = raw_png(2, 2, 16, 4, (b"\0" + b"\x64\0\xff\xff" + b"\x64\0\0\0") * 2)
TRANSPARENT_16 = encode(Image.fromarray(np.array([[0, 0x1234], [0x8000, 0xFFFF]], np.uint16)), "PNG", transparency=0)


def with_alpha(mode: str) -> bytes:
    image = Image.new(mode, (2, 2), 0)
    fill = 100 if mode == "LA" else (100, 0, 200)
    for x, y, alpha in ((0, 0, 255), (1, 0, 0), (0, 1, 51), (1, 1, 0)):
        image.putpixel((x, y), (*np.atleast_1d(fill).tolist(), alpha))
    return encode(image, "PNG")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(palette(), [[(10, 20, 30), (200, 100, 0)], [(7, 7, 7), (200, 100, 0)]], id="palette"),
        pytest.param(
            palette(transparency=1),
            [[(10, 20, 30), (255, 255, 255)], [(7, 7, 7), (255, 255, 255)]],
            id="palette with a transparent colour",
        ),
        pytest.param(encode(Image.fromarray(GREYS > 150), "PNG"), [[0, 0], [255, 255]], id="1 bit"),
        pytest.param(encode(Image.fromarray(GREYS > 150), "BMP"), [[0, 0], [255, 255]], id="1 bit BMP"),
        pytest.param(encode(Image.fromarray(GREYS), "PNG", transparency=100), [[0, 255], [200, 255]], id="grey, tRNS"),
        pytest.param(with_alpha("LA"), [[100, 255], [224, 255]], id="grey with alpha"),
        pytest.param(
            with_alpha("RGBA"),
            [[(100, 0, 200), (255, 255, 255)], [(224, 204, 244), (255, 255, 255)]],
            id="colour with alpha",
        ),
        pytest.param(GREY_16, [[0, 0x12], [0x80, 0xFF]], id="16 bits grey"),
        pytest.param(TRANSPARENT_16, [[255, 0x12], [0x80, 0xFF]], id="16 bits grey, tRNS"),
        pytest.param(GREY_ALPHA_16, [[(100,) * 3, (255,) * 3]] * 2, id="16 bits grey with alpha"),
        pytest.param(RED_16, [[(255, 0x12, 0)] * 2] * 2, id="16 bits colour"),
        pytest.param(encode(Image.new("CMYK", (2, 2), CMYK["red"]), "JPEG"), [[(255, 0, 0)] * 2] * 2, id="CMYK red"),
        pytest.param(encode(Image.new("CMYK", (2, 2), CMYK["black"]), "JPEG"), [[(0, 0, 0)] * 2] * 2, id="CMYK black"),
        pytest.param(encode(Image.new("CMYK", (2, 2), CMYK["white"]), "JPEG"), [[(255,) * 3] * 2] * 2, id="CMYK white"),
        pytest.param(encode(Image.new("RGB", (1, 1), (9, 8, 7)), "PNG"), [[(9, 8, 7)] * 2] * 2, id="one pixel"),
    ],
)
def test_every_kind_of_pixel_becomes_grey_or_rgb(data, expected):
    expected = np.array(expected, np.uint8)
    expected = expected[..., None] if expected.ndim == 2 else expected
    assert_near(decode_crop(data, 2), expected, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_of_one_column(kind):
    column = np.zeros((5000, 1, 3), np.uint8)
    column[2400:2600] = 77
    for pixels in (column, column.swapaxes(0, 1)):
        assert_near(decode_crop(encode(pixels, kind), 16), np.full((16, 16, 3), 77), 1)


@pytest.mark.parametrize(
    ("width", "height", "message"),
    [
        (20000, 20000, "400000000"),  # Pillow refuses it
        (12000, 8000, "12000×8000"),  # Pillow only warns
        (2, 44_739_243, "2×44739243"),  # one row more than is allowed
    ],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_decompression_bomb_is_refused_before_decoding(width, height, message):
    bitmap = bytearray(encode(np.zeros((2, 2, 3), np.uint8), "BMP"))
    bitmap[18:26] = width.to_bytes(4, "little") + height.to_bytes(4, "little")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for data in (raw_png(width, height, 8, 2, bytes(1000)), bytes(bitmap)):
        with pytest.raises(BrokenPicture, match=message):
            decode_crop(data, 32)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**15  # KiB; pixels would be 2**18


@pytest.mark.parametrize("kind", KINDS)
def test_a_truncated_picture_is_broken_or_complete(kind):
    data = encode(noise(24, 24), kind)
    for end in range(0, len(data), 17):
        crop = crop_or_reason(data[:end])
        assert isinstance(crop, str) or (end > len(data) * 0.9 and crop.shape == (8, 8, 3)), end


@given(st.sampled_from(KINDS), st.lists(st.tuples(st.integers(0, 600), st.integers(1, 255)), min_size=1, max_size=8))
def test_changed_bytes_give_a_crop_or_a_broken_picture(kind, changes):
    data = bytearray(encode(soft(16, 16), kind))
    for position, change in changes:
        data[position % len(data)] ^= change
    crop = crop_or_reason(bytes(data))
    assert isinstance(crop, str) or crop.shape[:2] == (8, 8)


@pytest.mark.parametrize(
    "data",
    [b"", b"This is text.", encode(noise(8, 8), "EPS"), encode(noise(8, 8), "PDF")],
    ids=["empty", "text", "PostScript", "PDF"],
)
def test_a_file_of_another_format_is_broken_despite_its_suffix(tmp_path, data):
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(BrokenPicture, match=r"^not a PNG, JPEG, WebP, BMP, GIF or TIFF picture$"):
        read_crop(tmp_path / "x.png", 8)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (os.mkfifo, "not a regular file"),
        (os.mkdir, "not a regular file"),
        (lambda path: path.symlink_to("nothing"), "No such file"),
        (lambda path: (path.symlink_to("b.png"), (path.parent / "b.png").symlink_to(path.name)), "symbolic links"),
        (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
    ],
    ids=["pipe", "folder", "dangling link", "circular links", "device"],
)
def test_anything_but_a_regular_file_is_broken_and_does_not_block(tmp_path, make, message):
    make(tmp_path / "a.png")
    reasons = []

    def read():
        try:
            read_crop(tmp_path / "a.png", 8)
        except BrokenPicture as error:
            reasons.append(str(error))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(10)
    assert message in reasons[0]


def test_a_file_without_read_permission_is_broken(public):
    (public / "x.png").write_bytes(encode(noise(8, 8), "PNG"))
    (public / "x.png").chmod(0)
    with without_root(), pytest.raises(BrokenPicture, match=r"^Permission denied$"):
        read_crop(public / "x.png", 8)


def test_images_in_memory_are_cropped_and_resized_like_picture_files():
    images = np.stack([soft(40, 40), soft(40, 40)[::-1]])
    for size in (28, 64):
        expected = [decode_crop(encode(image, "PNG"), size) for image in images]
        np.testing.assert_array_equal(resize_images(images, size), expected)
    wide = noise(20, 30, 1)
    np.testing.assert_array_equal(resize_images(wide[None], 20)[0], wide[:, 5:25])
