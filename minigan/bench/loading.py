"""Does a training step wait for its data?  `python -m minigan.bench.loading`

The pictures are noise, the slowest to decode.  They are not cached: like those of LSUN they come from an LMDB database,
and are decoded for every batch.
"""

import io
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from ..arrays.allocator import keep_freed_memory
from ..arrays.cpu import use_compiled_kernels_if_installed
from ..commands import cli
from ..data import Batches, ImageDataset, load_dataset
from ..errors import import_optional
from ..gan import Config, Run, train
from .machine import describe

PROG = "python -m minigan.bench.loading"
STEPS, BATCH, WIDTH, SIZE = 30, 64, 64, 64


def write_database(folder: Path, pixels: tuple[int, int], image_format: str) -> Path:
    """Write an LMDB database of all pictures of the benchmark, of (height, width) pixels."""
    lmdb = import_optional("lmdb", "lsun", "this benchmark")
    rng = np.random.default_rng(0)
    with lmdb.open(str(folder), map_size=2**30) as database, database.begin(write=True) as writing:
        for i in range(STEPS * BATCH):
            file = io.BytesIO()
            Image.fromarray(rng.integers(0, 256, (*pixels, 3), np.uint8)).save(file, image_format, quality=90)
            writing.put(b"%040d" % i, file.getvalue())
    return folder


def measure(dataset: ImageDataset) -> tuple[float, float]:
    """Images per second, and the share of the time in which the training step waited for data."""
    run = Run(Config(source="lsun", data_dir="", image_size=SIZE, channels=3, width=WIDTH, epochs=2, batch_size=BATCH))
    batches = Batches(dataset, BATCH, seed=0)
    steps = train(run, batches)
    next(steps)  # the first step includes one-time work
    batches.waited, start = 0.0, time.perf_counter()
    for _ in range(STEPS - 1):
        next(steps)
    seconds = time.perf_counter() - start
    return (STEPS - 1) * BATCH / seconds, batches.waited / seconds


def main() -> int:
    for name, text in describe().items():
        print(f"{name + ':':20}{text}")
    print(f"\n{STEPS} steps of {BATCH} images, {SIZE}×{SIZE}×3, width {WIDTH}")
    rng = np.random.default_rng(0)
    in_memory = ImageDataset("noise", rng.integers(0, 256, (STEPS * BATCH, SIZE, SIZE, 3), np.uint8))
    with tempfile.TemporaryDirectory() as temporary:
        rows = {"in memory": in_memory}
        for name, pixels, image_format in (("JPEG 64×64", (64, 64), "JPEG"), ("WebP 341×256", (256, 341), "WEBP")):
            os.mkdir(folder := Path(temporary) / name)
            rows[name] = load_dataset("lsun", write_database(folder, pixels, image_format), SIZE)
        for name, dataset in rows.items():
            speed, waited = measure(dataset)
            print(f"{name:16}{speed:6.0f} images/s, waited for data in {waited:.1%} of the time", flush=True)
    return 0


if __name__ == "__main__":
    keep_freed_memory()
    use_compiled_kernels_if_installed()
    cli.run_command(PROG, main)
