"""The cache of decoded pictures: what is in it, and how to clear it: `python -m minigan cache`."""

import shutil
import time
from collections.abc import Sequence

from ..data.crops import cache_folder
from . import cli

PROG = "python -m minigan cache"


def make_parser() -> cli.Parser:
    """The command's arguments."""
    parser = cli.Parser(PROG, "List the decoded pictures that are kept on disk, each folder of pictures an entry.")
    parser.add_argument("--clear", action="store_true", help="remove them; they are decoded again when needed")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """List the entries of the cache, or remove them; returns the exit code."""
    args = make_parser().parse_args(argv)
    folder = cache_folder()
    entries = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    total = 0
    for entry in entries:
        size = sum(path.stat().st_size for path in entry.iterdir() if path.is_file())
        total += size
        written = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.stat().st_mtime))
        print(f"  {size / 2**20:8.1f} MiB  {written}  {entry.name}")
        if args.clear:
            shutil.rmtree(entry)
    verb = "removed from" if args.clear else "in"
    print(f"{len(entries)} entries, {total / 2**20:.1f} MiB, {verb} {cli.readable_path(folder)}")
    return 0
