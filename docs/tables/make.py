"""The tables of docs/ about ops and trained networks, made anew: `python -m docs.tables [NAME …]`.

Each is found in its page between `<!-- table NAME -->` and `<!-- end -->`, and replaced.  What has to be trained for it
is kept below `--runs`, and not trained again.
"""

import re
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from minigan.commands import cli
from minigan.errors import BadInput
from minigan.files import write_text
from minigan.gan import parameters

from . import node_tests, series, shipped

PROG = "python -m docs.tables"

Table = Callable[[Path, Path], str]  # (what was trained, docs) → Markdown; pictures are written into docs
TABLES: dict[str, tuple[str, Table]] = {  # the page, and who makes the table
    "onnx": ("onnx.md", node_tests.onnx),
    "parameters": ("fully-connected.md", lambda runs, docs: parameters.table()),
    "equal-time": ("fully-connected.md", series.equal_time),
    "ablations": ("ablations.md", series.ablations),
    "features": ("evaluate.md", series.features),
    "judges": ("evaluate.md", shipped.judges),
    "weights": ("evaluate.md", shipped.weights),
    "one-nn": ("evaluate.md", shipped.one_nn_table),
}


def parse(argv: Sequence[str] | None) -> Namespace:
    parser = cli.Parser(
        PROG, "Make the tables of docs/ about ops and trained networks anew; with all trainings it takes hours."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TABLES)} (default: all)")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="the pages (default: docs)")
    parser.add_argument(
        "--runs", type=Path, default=Path("runs/tables"), help="where trainings are kept (default: runs/tables)"
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    args = parse(argv)
    if unknown := [name for name in args.names if name not in TABLES]:
        raise BadInput(f"unknown table {unknown[0]!r}; expected some of: {', '.join(TABLES)}")
    wanted = args.names or list(TABLES)
    for name in wanted:  # before anything is trained
        replaced((args.docs / TABLES[name][0]), name, "")
    for name in wanted:
        page, make = TABLES[name]
        table = make(args.runs, args.docs)
        write_text(args.docs / page, replaced(args.docs / page, name, table))
        print(f"{args.docs / page}: {name}\n\n{table}\n")
    return 0


def replaced(page: Path, name: str, table: str) -> str:
    """The text of a page with another table; raises BadInput if there is no place for it."""
    if not page.is_file():
        raise BadInput(f"{page}: not there; run this from a checkout, or name the folder with --docs")
    begin = f"<!-- table {name} -->\n"
    text, found = re.subn(
        re.escape(begin) + r".*?<!-- end -->",
        lambda _: f"{begin}{table}\n<!-- end -->",
        page.read_text("utf-8"),
        flags=re.S,
    )
    if found != 1:
        raise BadInput(f"{page}: expected one place for a table, from {begin.strip()} to <!-- end -->, found {found}")
    return text
