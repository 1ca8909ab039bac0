"""CUDA kernels on a machine without a GPU: the same source, compiled as C++, one thread after the other.

Stricter than a GPU: the arguments must have the types of the parameters, no array may be written that is also read
under another name, and there is a wall around every array: what is written outside is an error, and what is read from
outside of an input is nan.
"""

import ctypes
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

SHIM = """
#include <cmath>
#include <algorithm>
using namespace std;
#define __global__
#define __device__ static
static struct { int x; } blockIdx, blockDim, threadIdx;
template <class Kernel, class... A> void run_threads(Kernel kernel, int blocks, int threads, int backwards, A... a) {
    blockDim.x = threads;
    for (int i = 0, all = blocks * threads; i < all; i++) {
        const int thread = backwards ? all - 1 - i : i;
        blockIdx.x = thread / threads;
        threadIdx.x = thread % threads;
        kernel(a...);
    }
}
"""
SIGNATURE = re.compile(r'extern "C" __global__ void (\w+)\((.*?)\)\s*{', re.DOTALL)
C_TYPES = {"float": ctypes.c_float, "double": ctypes.c_double}
GUARD, MARK = 64, 12345.678  # numbers before and behind each array; what they are where it may be written


def compiler() -> str | None:
    return shutil.which("g++") or shutil.which("clang++")


def signatures(source: str) -> dict[str, list[str]]:
    """The types of the parameters of each kernel: "const T*", "T*", "T" or "int"."""
    return {
        name: [parameter.strip().rsplit(" ", 1)[0] for parameter in parameters.split(",")]
        for name, parameters in SIGNATURE.findall(source)
    }


class Runner:
    """The kernels of one source."""

    backwards = False  # the order of the threads; no result may depend on it

    def __init__(self, source: str):
        self.real = C_TYPES[re.match(r"typedef (\w+) T;", source)[1]]
        self.dtype = np.dtype(self.real)
        self.parameters = signatures(source)
        self.library = build(source)

    def launch(self, name: str, grid: tuple, block: tuple, arguments: list) -> None:
        parameters = self.parameters[name]
        assert len(arguments) == len(parameters), f"{name}: {len(arguments)} arguments for {len(parameters)} parameters"
        (blocks,), (threads,), items = grid, block, int(arguments[-1])
        assert threads <= 1024
        assert (blocks - 1) * threads < items <= blocks * threads
        self.check_aliases(name, arguments)
        passed, copies = [], []
        for kind, x in zip(parameters, arguments):
            if kind.endswith("*"):
                assert isinstance(x, np.ndarray), f"{name}: {kind} expected, got {x!r}"
                assert x.dtype == self.dtype, f"{name}: {x.dtype} for {self.dtype}"
                assert x.flags.c_contiguous or x.T.flags.c_contiguous, f"{name}: an array that is not dense"
                copies.append((kind, x, guarded(x, MARK if kind == "T*" else np.nan)))
                passed.append(ctypes.c_void_p(copies[-1][2].ctypes.data + GUARD * x.itemsize))
            elif kind == "int":
                assert type(x) is np.int32, f"{name}: int expected, got {x!r}"
                passed.append(int(x))
            else:
                assert x.dtype == self.dtype, f"{name}: {self.dtype} expected, got {x!r}"
                passed.append(self.real(x))
        getattr(self.library, f"launch_{name}")(blocks, threads, int(self.backwards), *passed)
        for kind, x, copy in copies:
            if kind == "T*":
                walls = np.concatenate([copy[:GUARD], copy[GUARD + x.size :]])
                assert (walls == self.dtype.type(MARK)).all(), f"{name} wrote outside of an array"
                (x if x.flags.c_contiguous else x.T).reshape(-1)[...] = copy[GUARD:-GUARD]

    def check_aliases(self, name: str, arguments: list) -> None:
        kinds = list(zip(self.parameters[name], arguments))
        for i, (kind, x) in enumerate(kinds):
            if kind == "T*":
                for j, (other, y) in enumerate(kinds):
                    if j != i and other.endswith("*"):
                        assert not np.shares_memory(x, y), f"{name} writes to what it is also given under another name"


def guarded(x: np.ndarray, wall: float) -> np.ndarray:
    """The memory of x, with a wall on either side."""
    copy = np.full(x.size + 2 * GUARD, wall, x.dtype)
    copy[GUARD:-GUARD] = (x if x.flags.c_contiguous else x.T).reshape(-1)
    return copy


@cache
def build(source: str) -> ctypes.CDLL:
    launchers = []
    for name, parameters in SIGNATURE.findall(source):
        names = ", ".join(parameter.split()[-1] for parameter in parameters.split(","))
        launchers.append(
            f'extern "C" void launch_{name}(int blocks, int threads, int backwards, {parameters})'
            f"{{ run_threads({name}, blocks, threads, backwards, {names}); }}"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernels.cpp"
        path.write_text("\n".join([SHIM, source, *launchers]), "utf-8")
        library = path.with_suffix(".so")
        command = [compiler(), "-O1", "-std=c++14", "-shared", "-fPIC", "-o", str(library), str(path)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return ctypes.CDLL(str(library))
