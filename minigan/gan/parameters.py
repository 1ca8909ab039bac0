"""Number of parameters of both models at every image size: the table in docs/fully-connected.md."""

import math
from itertools import pairwise

from ..ops.windows import Ints, pair
from .config import Config
from .mlp import HIDDEN
from .networks import SIZES, stages

ROWS = [(28, 1), *((size, 3) for size in (*SIZES, 256))]  # pixels and channels of an image


def parameter_counts(image_size: Ints, channels: int, width: int, latent: int) -> dict[str, tuple[int, int]]:
    """The numbers of parameters of G and D, by model.  They are calculated without building the networks.

    `width` applies to DCGAN only.  Raises BadInput for an image size that `stages` does not support.
    """
    maps = stages(image_size, width)
    (size, first), (_, last) = maps[0], maps[-1]
    start = math.prod(pair(size))
    kernels = sum(4 * 4 * more * fewer for (_, more), (_, fewer) in pairwise(maps))
    norms = 2 * sum(features for _, features in maps)  # scale and shift of each batch norm
    outermost = 4 * 4 * last * channels
    generator = latent * start * first + kernels + norms + outermost + channels
    discriminator = outermost + last + kernels + norms - 2 * last + start * first + 1
    pixels = math.prod(pair(image_size)) * channels
    return {
        "dcgan": (generator, discriminator),
        "mlp": (fully_connected(latent, *HIDDEN, pixels), fully_connected(pixels, *HIDDEN[::-1], 1)),
    }


def fully_connected(*sizes: int) -> int:
    """The number of weights and biases in fully connected layers of these sizes, from the input to the output."""
    return sum(inputs * outputs + outputs for inputs, outputs in pairwise(sizes))


def table() -> str:
    """The table of both models at every size, in Markdown."""
    default = Config()
    lines = ["| image | DCGAN: G | D | MLP: G | D | MLP ÷ DCGAN |", "|---|--:|--:|--:|--:|--:|"]
    for size, channels in ROWS:
        counts = parameter_counts(size, channels, default.width, default.latent)
        ratio = sum(counts["mlp"]) / sum(counts["dcgan"])
        numbers = " | ".join(f"{n:,}" for pair in counts.values() for n in pair)
        lines.append(f"| {size}×{size}×{channels} | {numbers} | {ratio:.1f} |")
    return "\n".join(lines)
