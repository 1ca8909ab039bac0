"""The sliding window of a convolution, one position at a time."""

import numpy as np
from numpy.typing import ArrayLike

from .. import ops
from ..ops.windows import Ints, Pair, pair
from ..show.colours import PAPER
from ..tensor import Tensor
from .player import Player
from .svg import Svg, text_width
from .window_picture import CELL, SMALL, framed, grid, product_sum, row_of, titled

MOST_POSITIONS, PAGE_WIDTH = 49, 800.0  # of a still picture
CAPTION = "Every position of the window, and the output number computed there. Grey: inserted zeros."


class Window(Player):
    """A convolution, or transposed convolution, of one image with one kernel: a picture for each window position.

    `image` (H, W) and `kernel` (kh, kw) are arrays or Tensors; stride, padding and output_padding as in `ops.conv2d`
    and `ops.conv_transpose2d`.  A transposed convolution is shown by its definition (Dumoulin & Visin 2016, §4): insert
    zeros between neighbours, pad with zeros, and convolve at stride 1 with the kernel rotated by 180°.

    `padded` is the input with its zeros, `inserted` is True at these zeros, `rotated` is the kernel as it is
    multiplied, `result` is the output that the engine computes.  Raises ValueError if the shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan.stepper import Window
    >>> window = Window(np.arange(9).reshape(3, 3), np.ones((2, 2)))
    >>> window
    Window(convolution, 3×3 → 2×2, position 0 of 0 to 3)
    >>> window.patch(0)
    array([[0., 1.],
           [3., 4.]])
    """

    def __init__(
        self,
        image: Tensor | ArrayLike,
        kernel: Tensor | ArrayLike,
        stride: Ints = 1,
        padding: Ints = 0,
        *,
        transposed: bool = False,
        output_padding: Ints = 0,
    ) -> None:
        self.image, self.kernel = _plane(image, "image"), _plane(kernel, "kernel")
        x, w = Tensor(self.image[None, :, :, None]), Tensor(self.kernel[:, :, None, None])
        self.transposed, stride, (pv, ph) = transposed, pair(stride), pair(padding)
        if transposed:
            result = ops.conv_transpose2d(x, w, stride, padding, output_padding)
            (av, ah), (kh, kw) = pair(output_padding), self.kernel.shape
            widths = (stride, (kh - 1 - pv, kh - 1 - pv + av), (kw - 1 - ph, kw - 1 - ph + ah))
            self.rotated, self.stride = self.kernel[::-1, ::-1], (1, 1)
        else:
            if any(pair(output_padding)):
                raise ValueError(f"output_padding is for transposed convolutions only, got {output_padding}")
            result = ops.conv2d(x, w, stride, padding)
            widths = ((1, 1), (pv, pv), (ph, ph))
            self.rotated, self.stride = self.kernel, stride
        self.result = result.numpy()[0, :, :, 0]
        self.padded = _insert_and_pad(self.image, *widths)
        self.inserted = _insert_and_pad(np.ones_like(self.image), *widths) == 0
        self.last = self.result.size - 1

    def __repr__(self) -> str:
        kind = "transposed convolution" if self.transposed else "convolution"
        sizes = f"{_size(self.image)} → {_size(self.result)}"
        return f"Window({kind}, {sizes}, position {self.position} of 0 to {self.last})"

    def indices(self, position: int) -> tuple[int, int, int, int]:
        """Row and column in the result, then those of the window's top left corner in the padded input.

        Raises IndexError if there is no such position; so do the methods that use this one.
        """
        if not 0 <= position <= self.last:
            raise IndexError(f"expected a position from 0 to {self.last}, got {position}")
        row, column = divmod(position, self.result.shape[1])
        return row, column, row * self.stride[0], column * self.stride[1]

    def patch(self, position: int) -> np.ndarray:
        """The part of the padded input under the window, in the shape of the kernel."""
        return self._under(self.padded, position)

    def _under(self, plane: np.ndarray, position: int) -> np.ndarray:
        """The part of an array of the shape of `padded` that is under the window."""
        _, _, top, left = self.indices(position)
        kh, kw = self.rotated.shape
        return plane[top : top + kh, left : left + kw]

    def frame(self, position: int) -> Svg:
        """One position: the window on the padded input, the patch times the kernel, and the resulting output number."""
        row, column, top, left = self.indices(position)
        patch, size = self.patch(position), self.rotated.shape
        cell = min(CELL, 260 / max(*self.padded.shape, *self.result.shape))
        source = framed(grid(self.padded, cell, self.inserted), top, left, size, cell)
        output = framed(grid(self.result, cell, shown=position + 1), row, column, (1, 1), cell)
        covered = grid(patch, SMALL, self._under(self.inserted, position), least=float(np.abs(self.padded).max()))
        parts: list[Svg | str] = [
            titled(source, f"input {_size(self.image)}, as the window sees it"),
            "→",
            titled(covered, "patch"),
            "×",
            titled(grid(self.rotated, SMALL), "kernel, rotated" if self.transposed else "kernel"),
            "Σ →",
            titled(output, f"output {_size(self.result)}"),
        ]
        line = product_sum(patch, self.rotated, self.result[row, column])
        return row_of(parts, line, f"output[{row}, {column}] is computed at position {position + 1} of {self.last + 1}")

    def still(self) -> Svg:
        """All positions at once, arranged like the output: the window on the padded input, and the output number below.

        If the output has more than 49 numbers, only the current position.
        """
        if self.result.size > MOST_POSITIONS:
            return self.frame(self.position)
        rows, columns = self.result.shape
        cell = min(16.0, (PAGE_WIDTH / columns - 14) / self.padded.shape[1])
        small = max(1.8 * cell, 20.0)  # the side of the box of an output number
        wide, high = max(self.padded.shape[1] * cell, small) + 14, self.padded.shape[0] * cell + small + 20
        page = Svg(max(columns * wide + 14, text_width(CAPTION, 11) + 28), rows * high + 36, paper=PAPER)
        page.text(14, 20, CAPTION, size=11)
        corners = [(14 + c * wide, 34 + r * high) for r, c in np.ndindex(rows, columns)]
        page.repeat(grid(self.padded, cell, self.inserted), corners)
        for position, (x, y) in enumerate(corners):
            row, column, top, left = self.indices(position)
            page.put(framed(Svg(0, 0), top, left, self.rotated.shape, cell), x, y)
            output = grid(
                self.result[row : row + 1, column : column + 1], small, least=float(np.abs(self.result).max())
            )
            page.put(framed(output, 0, 0, (1, 1), small), x + (wide - 14 - small) / 2, y + high - small - 16)
        return page


def _plane(values: Tensor | ArrayLike, name: str) -> np.ndarray:
    plane = np.asarray(values.numpy() if isinstance(values, Tensor) else values, dtype=np.float64)
    if plane.ndim != 2 or not plane.size:
        raise ValueError(
            f"Window expected {name} to be an array (H, W), got shape {plane.shape}; "
            "of images (N, H, W, C) take one channel: images[0, :, :, 0]"
        )
    return plane


def _insert_and_pad(image: np.ndarray, stride: Pair, vertical: Pair, horizontal: Pair) -> np.ndarray:
    """The image with stride − 1 zeros between neighbours, and (before, after) zeros at its edges."""
    spread = ops.insert_zeros(Tensor(image[None, :, :, None]), stride)
    return ops.pad(spread, (0, 0), vertical, horizontal, (0, 0)).numpy()[0, :, :, 0]


def _size(x: np.ndarray) -> str:
    return f"{x.shape[0]}×{x.shape[1]}"
