"""Find the z whose image is closest to a given image.

This is completion of an image in which all pixels are known.
"""

from argparse import Namespace

import numpy as np

from ...evaluate.scores import learned_from
from ...explore.completion import Search
from ...explore.completion_scores import mean_image, nearest_by_known, psnr
from ...files import write_atomically, write_csv
from ...show import save_sheet
from .. import cli
from .common import file_list, load, make_folder
from .input_images import WHY_NO_LABELS, add_search, input_images, search_settings, wrap_rows

COUNT, ITERATIONS = 16, 500
MEAN, NEAREST = "mean of the training images", "nearest training image"


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this experiment."""
    add_search(parser, COUNT, ITERATIONS)


def run(args: Namespace) -> int:
    """Run the experiment; returns the exit code."""
    trained = load(args, labels=WHY_NO_LABELS)
    images = input_images(args, trained, COUNT).images[:]
    everywhere = np.ones(images.shape[:3], bool)
    search = Search(
        trained.sampling_generator, trained.game.discriminator, images, everywhere,
        weight=0.0, deviation=0.0, progress=cli.progress, **search_settings(args, trained.device),
    )  # fmt: skip
    for _ in cli.progress(search.steps(args.iterations), args.iterations, "searching"):
        pass
    found = {"G(z)": search.drawn()}
    if trained.config.data_dir is None:
        train = learned_from(trained.config).images[:]
        found[MEAN] = np.broadcast_to(mean_image(train), images.shape)
        found[NEAREST] = nearest_by_known(images, everywhere, train, cli.progress)
    numbers = {name: psnr(images, x, everywhere) for name, x in found.items()}
    folder = make_folder(args)
    rows = {"original": images} | {name: x for name, x in found.items() if name != MEAN}
    save_sheet(folder / "inverted.png", *wrap_rows(rows))
    write_csv(folder / "numbers.csv", ("image", "psnr"), [(name, f"{value:.4f}") for name, value in numbers.items()])
    write_atomically(folder / "z.npy", lambda file: np.save(file, search.found()))
    print(f"PSNR for {len(images)} {'pictures' if args.picture else 'held-out images'} (higher is better)")
    print("\n".join(f"  {name:<28}{value:6.2f} dB" for name, value in numbers.items()))
    print(
        file_list(
            folder,
            inverted_png="each image, and G's image of the z that was found",
            z_npy="the z's, one row per image",
            numbers_csv="the numbers above",
        )
    )
    return 0
