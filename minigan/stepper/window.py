"""The window of a convolution, walking over its input."""

import numpy as np

from .. import ops
from ..ops.windows import pair
from ..show.colours import PAPER
from ..tensor import Tensor
from .player import Leafed
from .svg import Svg, text_width
from .window_picture import CELL, SMALL, framed, grid, product_sum, row_of, titled

MOST_PLACES, STRIP_WIDTH = 49, 800.0  # on one page
CAPTION = "Every place of the window, and the number of the output that it makes. Grey: zeros put in."


class Window(Leafed):
    """A convolution, or transposed convolution, of one picture with one kernel: a picture for each place of the window.

    `image` (H, W) and `kernel` (kh, kw) are arrays of numbers; stride, padding and output_padding as in `ops.conv2d`
    and `ops.conv_transpose2d`.  A transposed convolution is shown as what it means (Dumoulin & Visin 2016, §4): zeros
    between neighbours, zeros around, and a convolution of stride 1 with the kernel turned by 180°.

    `field` is what the window walks over, `added` where its zeros were put in, `turned` the kernel as it is multiplied,
    `result` what the engine computes.  Raises ValueError where shapes do not fit.
    """

    def __init__(self, image, kernel, stride=1, padding=0, *, transposed: bool = False, output_padding=0):
        self.image, self.kernel = _plane(image, "image"), _plane(kernel, "kernel")
        x, w = Tensor(self.image[None, :, :, None]), Tensor(self.kernel[:, :, None, None])
        self.transposed, stride, (pv, ph) = transposed, pair(stride), pair(padding)
        if transposed:
            result = ops.conv_transpose2d(x, w, stride, padding, output_padding)
            (av, ah), (kh, kw) = pair(output_padding), self.kernel.shape
            spread = (stride, (kh - 1 - pv, kh - 1 - pv + av), (kw - 1 - ph, kw - 1 - ph + ah))
            self.turned, self.stride = self.kernel[::-1, ::-1], (1, 1)
        else:
            if any(pair(output_padding)):
                raise ValueError(f"output_padding is of transposed convolutions alone, got {output_padding}")
            result = ops.conv2d(x, w, stride, padding)
            spread = ((1, 1), (pv, pv), (ph, ph))
            self.turned, self.stride = self.kernel, stride
        self.result = result.numpy()[0, :, :, 0]
        self.field, self.added = _spread(self.image, *spread), _spread(np.ones_like(self.image), *spread) == 0
        self.last = self.result.size - 1

    def __repr__(self) -> str:
        kind = "transposed convolution" if self.transposed else "convolution"
        return f"Window({kind}, {_size(self.image)} → {_size(self.result)}, place {self.position} of 0 to {self.last})"

    def place(self, position: int) -> tuple[int, int, int, int]:
        """Row and column in the result, and those of the window's top left corner in the field."""
        if not 0 <= position <= self.last:
            raise IndexError(f"expected a place from 0 to {self.last}, got {position}")
        row, column = divmod(position, self.result.shape[1])
        return row, column, row * self.stride[0], column * self.stride[1]

    def patch(self, position: int) -> np.ndarray:
        """What the window covers there, of the kernel's shape."""
        return self._under(self.field, position)

    def _under(self, field: np.ndarray, position: int) -> np.ndarray:
        _, _, top, left = self.place(position)
        kh, kw = self.turned.shape
        return field[top : top + kh, left : left + kw]

    def frame(self, position: int) -> Svg:
        """One place: the window on its field, the patch times the kernel, and the number that it makes."""
        row, column, top, left = self.place(position)
        patch, size = self.patch(position), self.turned.shape
        cell = min(CELL, 260 / max(*self.field.shape, *self.result.shape))
        field = framed(grid(self.field, cell, self.added), top, left, size, cell)
        made = framed(grid(self.result, cell, shown=position + 1), row, column, (1, 1), cell)
        covered = grid(patch, SMALL, self._under(self.added, position), least=float(np.abs(self.field).max()))
        parts: list[Svg | str] = [
            titled(field, f"input {_size(self.image)}, as the window sees it"),
            "→",
            titled(covered, "patch"),
            "×",
            titled(grid(self.turned, SMALL), "kernel, turned" if self.transposed else "kernel"),
            "Σ →",
            titled(made, f"output {_size(self.result)}"),
        ]
        line = product_sum(patch, self.turned, self.result[row, column])
        return row_of(parts, line, f"output[{row}, {column}] is made at place {position + 1} of {self.last + 1}")

    def still(self) -> Svg:
        """Every place at once, laid out as the output is: the window on its field, and the number below.

        An output of more than 49 numbers does not fit on a page: then the current place alone.
        """
        if self.result.size > MOST_PLACES:
            return self.frame(self.position)
        rows, columns = self.result.shape
        cell = min(16.0, (STRIP_WIDTH / columns - 14) / self.field.shape[1])
        small = max(1.8 * cell, 20.0)  # the side of a number's box
        wide, high = max(self.field.shape[1] * cell, small) + 14, self.field.shape[0] * cell + small + 20
        page = Svg(max(columns * wide + 14, text_width(CAPTION, 11) + 28), rows * high + 36, paper=PAPER)
        page.text(14, 20, CAPTION, size=11)
        corners = [(14 + c * wide, 34 + r * high) for r, c in np.ndindex(rows, columns)]
        page.repeat(grid(self.field, cell, self.added), corners)
        for position, (x, y) in enumerate(corners):
            row, column, top, left = self.place(position)
            page.put(framed(Svg(0, 0), top, left, self.turned.shape, cell), x, y)
            made = grid(self.result[row : row + 1, column : column + 1], small, least=float(np.abs(self.result).max()))
            page.put(framed(made, 0, 0, (1, 1), small), x + (wide - 14 - small) / 2, y + high - small - 16)
        return page


def _plane(values, name: str) -> np.ndarray:
    values = np.asarray(values.numpy() if isinstance(values, Tensor) else values, dtype=np.float64)
    if values.ndim != 2 or not values.size:
        raise ValueError(
            f"Window expected {name} as a picture (H, W) of numbers, got shape {values.shape}; "
            "of images (N, H, W, C) take one channel: images[0, :, :, 0]"
        )
    return values


def _spread(image: np.ndarray, stride, vertical, horizontal) -> np.ndarray:
    """The image with zeros between neighbours and around, by the engine."""
    spread = ops.insert_zeros(Tensor(image[None, :, :, None]), stride)
    return ops.pad(spread, (0, 0), vertical, horizontal, (0, 0)).numpy()[0, :, :, 0]


def _size(x: np.ndarray) -> str:
    return f"{x.shape[0]}×{x.shape[1]}"
