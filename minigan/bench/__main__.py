"""Time a training step, and the same step in PyTorch and in textbook NumPy: `python -m minigan.bench`."""

import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tqdm import tqdm

from ..arrays.cpu import compiled_kernels_installed
from ..commands import cli
from ..errors import BadInput, not_installed
from ..files import write_text
from .machine import describe
from .nets import BATCH, NETS, flops
from .race import DeviceSettings, Result, race

PROG = "python -m minigan.bench"
EXPLANATION = """
ours: as the training command computes here; NumPy: without compiled kernels; split: in a process for each core, each
with its share of the batch and no exchange; plain malloc: without keeping freed memory; GEMMs alone: only our products
"""
TORCH = ("torch", "torch channels_last")
TEXTBOOK = ("textbook", "textbook, float64")
PARTS = ("ours, plain malloc", "GEMMs alone")  # variants of our step that show what takes its time
NUMPY = ("ours, NumPy", "ours, NumPy, split")  # without compiled kernels: in one process, and in one for each core


def make_parser() -> cli.Parser:
    """The command's arguments."""
    parser = cli.Parser(PROG, "Time a training step (both networks, batch 64), in turns with other implementations.")
    parser.add_argument("--quick", action="store_true", help="less than a minute: only MNIST, 3 short rounds")
    parser.add_argument("--rounds", type=cli.whole(1), default=7, help="turns of each contestant (default: 7)")
    parser.add_argument("--nets", nargs="+", choices=list(NETS), metavar="NET", help=f"of {', '.join(map(repr, NETS))}")
    parser.add_argument("--against", choices=["torch", "textbook"], help="only this one (default: all installed ones)")
    parser.add_device()
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    args = make_parser().parse_args(argv)
    if args.json and not args.json.parent.is_dir():
        raise BadInput(f"--json: no folder {args.json.parent} to write into")
    nets = ["MNIST 28×28"] if args.quick else args.nets or list(NETS)
    rounds, seconds = (3, 0.5) if args.quick else (args.rounds, 1.0)
    machine = describe(args.device)
    contestants = {net: contestants_of(net, args.against, args.device) for net in nets}
    for name, text in machine.items():
        print(f"{name + ':':20}{text}")
    if args.device == "cpu":
        print(EXPLANATION.strip())
    tables = {}
    for title, net, settings in tables_to_make(nets, args.device):
        names = contestants[net]
        with tqdm(total=len(names) * (rounds + 1), desc=title, leave=False, disable=not sys.stderr.isatty()) as bar:
            tables[title] = tabulate(net, race(net, names, rounds, seconds, bar.update, settings))
        print_table(title, tables[title])
    if args.json:
        text = json.dumps({"machine": machine, "batch": BATCH, "rounds": rounds, "nets": tables}, indent=2) + "\n"
        write_text(args.json, text)
        print(f"Wrote {cli.readable_path(args.json)}")
    return 0


def contestants_of(net: str, against: str | None, device: str) -> list[str]:
    """The contestants for a net and a device; raises BadInput if `against` is not available there."""
    torch = importlib.util.find_spec("torch") is not None
    if against == "torch" and not torch:
        raise not_installed("torch", "torch", "--against torch")
    if against == "textbook" and (device != "cpu" or not net.startswith("MNIST")):
        raise BadInput("--against textbook runs only on the cpu and for MNIST: choose --nets 'MNIST 28×28'")
    if device != "cpu":
        if torch and not importlib.import_module("torch").cuda.is_available():
            raise BadInput("this PyTorch finds no GPU: install one that is built for CUDA, or uninstall it")
        return ["ours", *(TORCH if torch else ())]
    chosen = {"torch": TORCH, "textbook": TEXTBOOK}
    numpy = NUMPY if compiled_kernels_installed() else NUMPY[1:]  # "ours" is in NumPy otherwise
    if against:
        return ["ours", *numpy, *chosen[against]]
    return ["ours", *numpy, *PARTS, *(TORCH if torch else ()), *(TEXTBOOK if net.startswith("MNIST") else ())]


def tables_to_make(nets: Sequence[str], device: str) -> list[tuple[str, str, DeviceSettings]]:
    """A title, a net and device settings for each table: on a GPU two tables for each net, without and with TF32."""
    if device == "cpu":
        return [(net, net, DeviceSettings()) for net in nets]
    modes = {"TF32 off": False, "TF32 on": True}
    return [(f"{net}, {name}", net, DeviceSettings(device, tf32)) for net in nets for name, tf32 in modes.items()]


def tabulate(net: str, results: dict[str, Result]) -> dict[str, dict]:
    """The figures of each contestant; ratios are our time ÷ its time, computed for each round."""
    ours = results["ours"].seconds
    work = flops(NETS[net])
    table = {}
    for name, result in results.items():
        ratios = sorted(a / b for a, b in zip(ours, result.seconds))
        time = median(result.seconds)
        table[name] = {
            "ms": 1e3 * time,
            "images_per_second": BATCH / time,
            "gflops": work / time / 1e9,
            "peak_mib": result.peak,
            "ours_to_this": {"median": median(ratios), "lowest": ratios[0], "highest": ratios[-1]},
        }
    if all(name in results for name in TORCH):
        better = [min(pair) for pair in zip(*(results[name].seconds for name in TORCH))]
        ratios = sorted(a / b for a, b in zip(ours, better))
        table["better torch"] = {"ours_to_this": {"median": median(ratios), "lowest": ratios[0], "highest": ratios[-1]}}
    return table


def print_table(net: str, table: dict[str, dict]) -> None:
    print(f"\n{net}, batch {BATCH}")
    print(f"{'':24}{'ms/step':>9}{'images/s':>10}{'GFLOP/s':>9}{'peak MiB':>10}   ours ÷ this (spread)")
    for name, row in table.items():
        ratio = row["ours_to_this"]
        against = f"{ratio['median']:.2f} ({ratio['lowest']:.2f}–{ratio['highest']:.2f})" if name != "ours" else ""
        figures = (
            f"{row['ms']:9.2f}{row['images_per_second']:10.0f}{row['gflops']:9.0f}{row['peak_mib']:10.0f}"
            if "ms" in row
            else f"{'':38}"
        )
        print(f"{name:24}{figures}   {against}")


if __name__ == "__main__":
    cli.run_command(PROG, main)
