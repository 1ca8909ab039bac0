"""Arguments, output folders and result files, shared by all commands of `minigan.explore`."""

from argparse import Namespace
from pathlib import Path

from ...errors import BadInput
from ...files import write_csv
from ...gan import Run
from .. import cli
from ..out_folder import check_unused, new_folder


def add_common(parser: cli.Parser, name: str) -> None:
    """Add the arguments of every experiment."""
    parser.add_checkpoint()
    parser.add_argument("--seed", type=cli.whole(0), default=0, help="random seed (default: 0)")
    parser.add_argument(
        "--out", type=Path, help=f"new or empty folder for the result (default: explorations/{name}/001, …)"
    )
    parser.add_device_and_kernels("numpy")


def load(args: Namespace, *, labels: str = "") -> Run:
    """Load the run; if `labels` is given, it is the reason why conditional networks are refused.

    Raises BadInput for these, and if --out is in use or cannot be written, before any long computation.
    """
    check_unused(args.out, parent_of(args))
    run = cli.load(args)
    if labels and run.config.classes:
        raise BadInput(f"{args.checkpoint}: its networks are conditional ({run.config.classes} classes); {labels}")
    return run


def make_folder(args: Namespace) -> Path:
    """Create and return the folder for the results."""
    return new_folder(args.out, parent_of(args))


def parent_of(args: Namespace) -> Path:
    """Where the folder of results is created without --out."""
    return Path("explorations") / args.command


def write_numbers(folder: Path, numbers: dict[str, float]) -> None:
    """Write numbers.csv, one name and value per line."""
    write_csv(folder / "numbers.csv", ("name", "value"), [(name, f"{value:.6g}") for name, value in numbers.items()])


def file_list(folder: Path, **files: str) -> str:
    """A list of files in the folder, to print: `walk_gif="…"` stands for walk.gif with this description."""
    path = cli.readable_path(folder)
    lines = [f"  {path}/{'.'.join(name.rsplit('_', 1))}" + f"  ({what})" * bool(what) for name, what in files.items()]
    return "\n".join(["Open these:", *lines])
