"""How many numbers must be learned?  Both models at every size: the table of docs/fully-connected.md."""

from itertools import pairwise

from .config import Config
from .mlp import HIDDEN
from .networks import SIZES, stages

ROWS = [(28, 1), *((size, 3) for size in (*SIZES, 256))]  # pixels and channels of an image


def parameter_counts(image_size: int, channels: int, width: int, latent: int) -> dict[str, tuple[int, int]]:
    """Trained numbers of G and D, by the name of the model; counted, not built, so that any size will do.

    `width` is DCGAN's alone.  Sizes are those that halve to 7 or 4 pixels, as in `stages`.
    """
    maps = stages(image_size, width)
    (start, first), (_, last) = maps[0], maps[-1]
    kernels = sum(4 * 4 * more * fewer for (_, more), (_, fewer) in pairwise(maps))
    norms = 2 * sum(features for _, features in maps)  # a scale and a shift each
    outermost = 4 * 4 * last * channels
    generator = latent * start * start * first + kernels + norms + outermost + channels
    discriminator = outermost + last + kernels + norms - 2 * last + start * start * first + 1
    pixels = image_size * image_size * channels
    return {
        "dcgan": (generator, discriminator),
        "mlp": (fully_connected(latent, *HIDDEN, pixels), fully_connected(pixels, *HIDDEN[::-1], 1)),
    }


def fully_connected(*sizes: int) -> int:
    """Weights and biases of fully connected layers, each from one of the sizes to the next."""
    return sum(inputs * outputs + outputs for inputs, outputs in pairwise(sizes))


def table() -> str:
    """Both models at every size, in Markdown."""
    default = Config()
    lines = ["| image | DCGAN: G | D | MLP: G | D | MLP ÷ DCGAN |", "|---|--:|--:|--:|--:|--:|"]
    for size, channels in ROWS:
        counts = parameter_counts(size, channels, default.width, default.latent)
        ratio = sum(counts["mlp"]) / sum(counts["dcgan"])
        numbers = " | ".join(f"{n:,}" for pair in counts.values() for n in pair)
        lines.append(f"| {size}×{size}×{channels} | {numbers} | {ratio:.1f} |")
    return "\n".join(lines)
