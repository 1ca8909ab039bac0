"""Show what D has learned: what activates its strongest features, compared with random weights."""

from argparse import Namespace
from pathlib import Path

import numpy as np

from ...data import load_dataset, load_test_set
from ...data.dataset import Images, to_bytes
from ...errors import BadInput
from ...explore.guided import guided_gradients, layers_up_to, strongest_units, unit_maps, untrained_discriminator
from ...explore.separation import Separation, questions, separate
from ...files import write_csv
from ...gan.models import Network
from ...show import save_sheet
from .. import cli
from .common import file_list, load, make_folder

TRAIN = 4_000  # training images for choosing the best units
UNITS, EACH = 6, 3  # units in the picture, and images per unit


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this experiment."""
    parser.add_argument(
        "--layer", type=cli.whole(0), default=0,
        help="one of D's hidden layers: 1 is next to the image, 0, the default, is the last",
    )  # fmt: skip


def run(args: Namespace) -> int:
    """Run the experiment; returns the exit code."""
    trained = load(args, labels="D's features depend on the label")
    config, discriminator = trained.config, trained.game.discriminator
    layers_up_to(discriminator, args.layer)  # raises BadInput if there are no such maps, before anything is loaded
    if config.data_dir is not None:
        raise BadInput(f"no test set for {config.data_dir}: use networks trained on data that is included in minigan")
    test = load_test_set(config.source, config.size)
    train = load_dataset(config.source, size=config.size)
    train = train.first(min(TRAIN, len(train) - config.hold_out))
    names, truth = questions(train)
    _, test_truth = questions(test)

    control = untrained_discriminator(config, train.images, args.seed, args.device, trained.builder)
    found: dict[str, Separation] = {}
    shown = []
    for name, network in (("trained", discriminator), ("random", control)):
        maps, test_maps = (
            unit_maps(network, data.images, args.device, cli.progress, args.layer) for data in (train, test)
        )
        units, test_units = maps.max(axis=(1, 2)), test_maps.max(axis=(1, 2))
        found[name] = separate(units, truth, test_units, test_truth)
        if maps.shape[1:3] != (1, 1):  # otherwise each unit is one neuron
            neurons, test_neurons = (x.reshape(len(x), -1) for x in (maps, test_maps))
            found[f"{name}_neurons"] = separate(neurons, truth, test_neurons, test_truth)
        shown.append(strongest(network, test.images, test_units, args.device, args.layer))
    pixels, test_pixels = (np.asarray(data.images[:]).reshape(len(data), -1) for data in (train, test))
    found["pixels"] = separate(pixels, truth, test_pixels, test_truth)

    folder = make_folder(args)
    write_numbers(folder / "numbers.csv", names, found)
    save_picture(folder / "features.png", shown)
    print(describe(names, found, len(test)))
    print(file_list(folder, features_png="images that activate D's features", numbers_csv="the AUC of each"))
    return 0


def strongest(
    discriminator: Network, images: Images, responses: np.ndarray, device: str, layer: int
) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """The strongest units, each with the images that activate it most, and their guided gradients."""
    result = []
    for unit in strongest_units(responses, UNITS, EACH):
        most = np.asarray(images[np.argsort(-responses[:, unit], kind="stable")[:EACH]])
        result.append((int(unit), most, guided_gradients(discriminator, most, unit, device, layer)))
    return result


def as_pictures(gradients: np.ndarray) -> np.ndarray:
    """Gradients (N, H, W, C) as bytes: grey is 0, and the strongest 1 % of each image are black or white."""
    strong = np.quantile(np.abs(gradients), 0.99, axis=(1, 2, 3), keepdims=True)
    return to_bytes(gradients / np.where(strong > 0, strong, 1.0))


def save_picture(path: Path, shown: list[list[tuple[int, np.ndarray, np.ndarray]]]) -> None:
    """Write a sheet with a row per unit: images and gradients, for the trained D (left) and random weights (right)."""
    sheet = []
    for pair in zip(*shown):
        row: list[np.ndarray | None] = []
        for _, images, gradients in pair:
            row += [*([None] if row else []), *images, *as_pictures(gradients)]
        sheet.append(row)
    heads = [""] * (4 * EACH + 1)
    for group, head in enumerate(("trained D: images", "gradients", "random weights: images", "gradients")):
        heads[group * EACH + EACH // 2 + group // 2] = head  # above the middle; one column is empty
    rows = ["strongest unit", "2nd", "3rd", *(f"{i}th" for i in range(4, UNITS + 1))]
    title = f"The {EACH} test images that activate a unit most, and their guided gradients"
    save_sheet(path, sheet, rows=rows[: len(sheet)], columns=heads, title=title)


def describe(names: list[str], found: dict[str, Separation], count: int) -> str:
    """The results as text."""
    lines = [f"How well the best single unit separates {count} test images (AUC: 1 is perfect, 0.5 is chance):"]
    if "trained_neurons" in found:
        lines.append("A unit is the maximum of a feature map, a neuron its value at one position.")
    lines.append(f"  {'':<12}" + "".join(f"{name.replace('_', ' '):>17}" for name in found))
    rows = [(name, [each.auc[i] for each in found.values()]) for i, name in enumerate(names)]
    rows.append(("mean", [each.auc.mean() for each in found.values()]))
    return "\n".join(lines + [f"  {name:<12}" + "".join(f"{value:>17.3f}" for value in row) for name, row in rows])


def write_numbers(path: Path, names: list[str], found: dict[str, Separation]) -> None:
    """Write a row per attribute or class: the best unit and its AUC, for each kind of unit; then the mean AUC."""
    header = ["shows", *(f"{kind}_{what}" for kind in found for what in ("unit", "auc"))]
    rows: list[list[object]] = []
    for i, name in enumerate(names):
        rows.append([name, *(cell for each in found.values() for cell in (each.best[i], f"{each.auc[i]:.4f}"))])
    rows.append(["mean", *(cell for each in found.values() for cell in ("", f"{each.auc.mean():.4f}"))])
    write_csv(path, header, rows)
