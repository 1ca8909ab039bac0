"""The options of the command that trains, and the configuration that they ask for."""

import os
from argparse import BooleanOptionalAction, Namespace
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..data import SOURCES, find_source
from ..errors import BadInput
from ..gan import AUGMENTATIONS, LABELS, LOSSES, NORMALISERS, PENALTIES, RULES, Config
from ..gan.config import defaults_for
from ..gan.models import MODELS, SETTINGS, check_size
from ..gan.networks import EXAMPLES
from . import cli

PROG = "python -m minigan.train"


def make_parser() -> cli.Parser:
    """The command's arguments."""
    parser = cli.Parser(prog=PROG, description="Train a DCGAN. The result is a folder of pictures and a checkpoint.")
    add_images(parser)
    add_networks(parser)
    add_game(parser)
    add_learning(parser)
    add_run(parser)
    parser.add_device_and_kernels()
    return parser


def add_images(parser: cli.Parser) -> None:
    """Add the source, and the options of the images that are learned."""
    parser.add_argument("source", help=f"what to learn: {', '.join(SOURCES)}")
    group = parser.add_argument_group("the images")
    folders = "; ".join(f"{name}: {source.folder}" for name, source in SOURCES.items() if source.folder)
    defaults = ", ".join(f"{name} {source.size}" for name, source in SOURCES.items())
    group.add_argument("--data-dir", type=Path, help=f"folder with the data; {folders}")
    group.add_argument(
        "--image-size", type=int, help=f"pixels, 4 to 7 doubled, such as {EXAMPLES} (default: {defaults})"
    )
    group.add_argument(
        "--image-width", type=cli.whole(1), help="of images that are not square; --image-size is then their height"
    )
    group.add_argument("--flip", action="store_true", default=None, help="mirror half of the images, left to right")
    group.add_argument(
        "--hold-out", type=cli.whole(0), help="images at the end of the data that are not trained on (default: 0)"
    )
    group.add_argument(
        "--conditional", action="store_true", default=None, help="tell both networks the label of each image"
    )


def add_networks(parser: cli.Parser) -> None:
    """Add the options of the networks."""
    default = Config()
    group = parser.add_argument_group("the networks")
    group.add_argument("--latent", type=cli.whole(1), help=f"numbers in z (default: {default.latent})")
    group.add_argument(
        "--width",
        type=cli.whole(1),
        help=f"channels of the features nearest to the image (default: {defaults_of('width')})",
    )
    group.add_argument(
        "--model",
        metavar="FILE.py:FUNCTION",
        help="dcgan; mlp, the classic GAN, fully connected; pixel-art, for squares of 2×2 equal pixels; or a "
        "function of your own that builds the networks "
        f"(default: {default.model})",
    )
    group.add_argument(
        "--hidden", action=BooleanOptionalAction, default=None,
        help="a hidden fully connected layer at both ends, in pixel-art only in D, against DCGAN's rule 3 "
        f"(default: {defaults_of('hidden')})",
    )  # fmt: skip
    group.add_argument(
        "--hidden-units", type=cli.whole(1), help=f"units of the hidden layers (default: {default.hidden_units})"
    )
    group.add_argument("--d-hidden-units", type=cli.whole(1), help="of that in D (default: --hidden-units)")
    group.add_argument(
        "--normaliser", help=f"of D's hidden layers: {', '.join(NORMALISERS)} (default: {default.normaliser})"
    )
    group.add_argument("--pack", type=cli.whole(1), help="images that D judges together (default: 1)")
    group.add_argument(
        "--labels", help=f"with --conditional, how D is told the label: {', '.join(LABELS)} (default: {default.labels})"
    )
    group.add_argument(
        "--attributes", action="store_true", default=None,
        help="D also learns the attributes of real images, as pixel-faces and celeba have them; G is not told them",
    )  # fmt: skip
    group.add_argument(
        "--ablate", metavar="RULE", help=f"leave out one of DCGAN's design rules: {', '.join(RULES)} (default: none)"
    )


def add_game(parser: cli.Parser) -> None:
    """Add the options of the loss and of what D is shown."""
    group = parser.add_argument_group("the game", "the loss, and cures for a D that wins or a G that collapses")
    group.add_argument("--loss", help=f"what the networks play for: {', '.join(LOSSES)} (default: {Config.loss})")
    group.add_argument(
        "--penalty", type=none_is_empty, help=f"keep the slope of D small: {', '.join(PENALTIES)} (default: none)"
    )
    weights = ", ".join(f"{name} {penalty.usual:g}" for name, penalty in PENALTIES.items())
    group.add_argument("--penalty-weight", type=cli.positive, help=f"factor of the penalty (default: {weights})")
    group.add_argument(
        "--penalty-every",
        type=cli.whole(1),
        help="steps between two penalties, each so many times as large (default: 1)",
    )
    group.add_argument(
        "--smoothing", type=cli.fraction, help="how far D's target for real images is below 1 (default: 0)"
    )
    group.add_argument(
        "--augment",
        type=none_is_empty,
        metavar="NAMES",
        help=f"change all images that D is shown at random: some of {','.join(AUGMENTATIONS)} (default: none)",
    )
    group.add_argument(
        "--noise",
        type=cli.not_negative,
        help="noise on images that D is shown, falling to 0: its standard deviation at first (default: 0)",
    )
    group.add_argument("--d-steps", type=cli.whole(1), help="steps of D for each step of G (default: 1)")


def add_learning(parser: cli.Parser) -> None:
    """Add the options of the optimisers, and how long they run."""
    group = parser.add_argument_group("learning")
    default = Config()
    group.add_argument(
        "--epochs", type=cli.whole(1), help=f"passes through the data (default: {defaults_of('epochs')})"
    )
    group.add_argument("--batch-size", type=cli.whole(2), help=f"images per step (default: {default.batch_size})")
    group.add_argument(
        "--lr", type=cli.positive, help=f"Adam's learning rate, both networks (default: {defaults_of('lr')})"
    )
    group.add_argument("--d-lr", type=cli.positive, help="D's learning rate (default: --lr)")
    group.add_argument(
        "--decay",
        type=cli.fraction,
        help="share of the training, at its end, in which the learning rate falls to 0 "
        f"(default: {defaults_of('decay')})",
    )
    group.add_argument(
        "--average",
        type=cli.fraction,
        help=f"draw with the running average of G's weights (default: {defaults_of('average')})",
    )
    group.add_argument("--beta1", type=cli.fraction, help=f"Adam's β₁ (default: {default.beta1})")
    group.add_argument("--beta2", type=cli.fraction, help=f"Adam's β₂ (default: {default.beta2})")
    group.add_argument("--seed", type=cli.whole(0), help=f"decides every random number (default: {default.seed})")


def add_run(parser: cli.Parser) -> None:
    """Add the options of what is written, and of going on."""
    group = parser.add_argument_group("the run")
    every = defaults_of("sample_every")
    group.add_argument("--out", type=Path, help="new or empty folder for the result (default: runs/SOURCE/001, …)")
    group.add_argument("--sample-every", type=cli.whole(1), help=f"epochs between two sample grids (default: {every})")
    group.add_argument(
        "--score-every",
        type=cli.whole(1),
        help="epochs between two Fréchet distances (default: none are computed)",
    )
    group.add_argument(
        "--save-every", type=cli.positive, default=60.0, help="seconds between two checkpoints, at most (default: 60)"
    )
    group.add_argument(
        "--resume", type=Path, help="continue the run in this folder, bit for bit or with another loss, …"
    )
    group.add_argument(
        "--from", dest="start_from", metavar="CHECKPOINT", help="start a new run with the networks of an old one"
    )
    group.add_argument("--dry-run", action="store_true", help="a few steps through every part; nothing is kept")


def parse(argv: Sequence[str] | None) -> Namespace:
    """Parse the arguments."""
    return make_parser().parse_args(argv)


def none_is_empty(text: str) -> str:
    """Argument type: a name, or "none", to go on without one."""
    return "" if text == "none" else text


def defaults_of(setting: str) -> str:
    """The default of a setting, and the sources and models where it is another."""
    owners = {name: source.settings for name, source in SOURCES.items()} | SETTINGS
    others = [f"; {name} {settings[setting]}" for name, settings in owners.items() if setting in settings]
    return f"{getattr(Config, setting)}{''.join(others)}"


def configure(args: Namespace, model: str, networks: Mapping[str, Any] = {}) -> Config:
    """The configuration that the arguments ask for; the number of channels is left to the data.

    `networks` are settings of networks that are there already, see NETWORKS.
    """
    source = find_source(args.source, args.data_dir)
    if args.flip and source.why_no_flip and args.data_dir is None:
        raise BadInput(f"--flip: {source.why_no_flip}; leave it out for {args.source}")
    if args.width is not None and args.model == "mlp":
        raise BadInput("--width: the model mlp has no feature maps, its layers are of fixed sizes; leave it out")
    folder = None if args.data_dir is None else os.path.abspath(args.data_dir)
    settings = {**networks, **given(args), "model": model}
    settings = {**defaults_for(args.source, settings), **settings}
    config = Config(source=args.source, data_dir=folder, **settings)
    if model in MODELS:
        check_size(config.size, model)
    return config


def given(args: Namespace) -> dict[str, Any]:
    """The settings of a run that are given on the command line."""
    found_in_data = {"channels", "classes", "attribute_count"}
    names = {field.name for field in fields(Config)} - found_in_data - {"source", "data_dir", "model"}
    return {name: getattr(args, name) for name in sorted(names) if getattr(args, name) is not None}


def is_other(config: Config, name: str, value: Any) -> bool:
    """Whether a setting would change the configuration: a square may also be given by two equal sides."""
    return value != getattr(config, name) and (name, value) != ("image_width", config.image_size)
