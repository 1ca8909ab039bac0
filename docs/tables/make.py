"""Regenerates the tables of docs/ about ops and trained networks: `python -m docs.tables [NAME …]`.

A table is the text between `<!-- table NAME -->` and `<!-- end -->` in its page.  Trained networks are kept in the
folder `--runs`, and not trained again.  `mpiexec -n N python -m docs.tables NAME` trains N − 1 of them at once.
"""

import re
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from minigan.commands import cli
from minigan.commands.spread import spread_calls
from minigan.errors import BadInput
from minigan.files import write_text
from minigan.gan import parameters

from . import cures, failures, healths, node_tests, series, shipped, trials

PROG = "python -m docs.tables"

Table = Callable[[Path, Path], str]  # (runs, docs) → Markdown; pictures are written into docs
TABLES: dict[str, tuple[str, Table]] = {  # the page, and the function that makes the table
    "onnx": ("onnx.md", node_tests.onnx),
    "parameters": ("fully-connected.md", lambda runs, docs: parameters.table()),
    "equal-time": ("fully-connected.md", series.equal_time),
    "digits": ("evaluate.md", series.digits),
    "faces": ("pixel-art.md", series.faces),
    "modes": ("evaluate.md", series.modes),
    "step-costs": ("losses.md", cures.step_costs),
    "cures": ("losses.md", cures.cures),
    "health": ("health.md", healths.health),
    "failures": ("failures.md", failures.failures),
    "ablations": ("ablations.md", series.ablations),
    "features": ("evaluate.md", series.features),
    "judges": ("evaluate.md", shipped.judges),
    "weights": ("evaluate.md", shipped.weights),
    "one-nn": ("evaluate.md", shipped.one_nn_table),
}


def parse(argv: Sequence[str] | None) -> Namespace:
    parser = cli.Parser(
        PROG, "Regenerate the tables of docs/ about ops and networks; with all trainings it takes hours."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TABLES)} (default: all)")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="folder of the pages (default: docs)")
    parser.add_argument(
        "--runs", type=Path, default=Path("runs/tables"), help="folder of the trainings (default: runs/tables)"
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    args = parse(argv)
    if unknown := [name for name in args.names if name not in TABLES]:
        raise BadInput(f"unknown table {unknown[0]!r}; expected some of: {', '.join(TABLES)}")
    wanted = args.names or list(TABLES)
    for name in wanted:  # check all pages before anything is trained
        replaced((args.docs / TABLES[name][0]), name, "")
    with spread_calls() as mapping:
        if mapping is None:  # another process makes the tables
            return 0
        trials.mapping = mapping
        for name in wanted:
            page, make = TABLES[name]
            table = make(args.runs, args.docs)
            write_text(args.docs / page, replaced(args.docs / page, name, table))
            print(f"{args.docs / page}: {name}\n\n{table}\n")
    return 0


def replaced(page: Path, name: str, table: str) -> str:
    """The text of a page with the table replaced; raises BadInput if the page has no markers for it."""
    if not page.is_file():
        raise BadInput(f"{page}: no such file; run this from a checkout, or name the folder with --docs")
    begin = f"<!-- table {name} -->\n"
    text, found = re.subn(
        re.escape(begin) + r".*?<!-- end -->",
        lambda _: f"{begin}{table}\n<!-- end -->",
        page.read_text("utf-8"),
        flags=re.S,
    )
    if found != 1:
        raise BadInput(f"{page}: expected one table, from {begin.strip()} to <!-- end -->, found {found}")
    return text
