"""Arguments, folders and output that all commands of `minigan.explore` have."""

from argparse import Namespace
from pathlib import Path

from ...errors import BadInput
from ...files import write_csv
from ...gan import Run
from .. import cli
from ..out_folder import new_folder, refuse_used


def add_common(parser: cli.Parser, name: str) -> None:
    """The arguments that every experiment takes."""
    parser.add_checkpoint()
    parser.add_argument("--seed", type=cli.whole(0), default=0, help="decides every random number (default: 0)")
    parser.add_argument(
        "--out", type=Path, help=f"new or empty folder for the result (default: explorations/{name}/001, …)"
    )
    parser.add_device()


def load(args: Namespace, *, labels: str = "") -> Run:
    """The run that the arguments name; `labels`, if given, says why networks that take labels do not fit.

    Raises BadInput for them, and if --out is in use or cannot be written: before anything long is computed.
    """
    check_unused(args.out, parent_of(args))
    run = cli.load(args)
    if labels and run.config.classes:
        raise BadInput(f"{args.checkpoint}: its networks are told a label ({run.config.classes} classes); {labels}")
    return run


def make_folder(args: Namespace) -> Path:
    """The folder for the results, made now."""
    return new_folder(args.out, parent_of(args))


def parent_of(args: Namespace) -> Path:
    """The folder in which that of the results is made if there is no --out."""
    return Path("explorations") / args.command


def write_numbers(folder: Path, numbers: dict[str, float]) -> None:
    """Write numbers.csv: a name and a value in each line."""
    write_csv(folder / "numbers.csv", ("name", "value"), [(name, f"{value:.6g}") for name, value in numbers.items()])


def file_list(folder: Path, **files: str) -> str:
    """A list of the files in the folder: for each its name, given with _ for the dot, and what it shows."""
    path = cli.readable_path(folder)
    lines = [f"  {path}/{'.'.join(name.rsplit('_', 1))}" + f"  ({what})" * bool(what) for name, what in files.items()]
    return "\n".join(["Open these:", *lines])
