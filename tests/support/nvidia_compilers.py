"""Compilers of CUDA that need no GPU: NVRTC, which CuPy uses, or nvcc."""

import ctypes
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from ctypes.util import find_library
from pathlib import Path

Compile = Callable[[str, str], str]  # source and architecture ("sm_90") → complaints; empty if there are none


def find_compiler() -> Compile | None:
    """NVRTC if it is installed here, else nvcc, else None."""
    if library := nvrtc():
        return lambda source, architecture: compile_with_nvrtc(library, source, architecture)
    if nvcc := shutil.which("nvcc"):
        return lambda source, architecture: compile_with_nvcc(nvcc, source, architecture)
    return None


def nvrtc() -> ctypes.CDLL | None:
    """NVRTC's library: from the package nvidia-cuda-nvrtc, or the system's."""
    pattern = "nvrtc64_*.dll" if sys.platform == "win32" else "libnvrtc.so*"
    packaged = (path for folder in sys.path for path in sorted(Path(folder).glob(f"nvidia/*/*/{pattern}")))
    name = next(map(str, packaged), None) or find_library("nvrtc")
    try:
        return ctypes.CDLL(name) if name else None
    except OSError:
        return None


def compile_with_nvrtc(library: ctypes.CDLL, source: str, architecture: str) -> str:
    program, size = ctypes.c_void_p(), ctypes.c_size_t()
    assert library.nvrtcCreateProgram(ctypes.byref(program), source.encode(), b"kernels.cu", 0, None, None) == 0
    options = [f"--gpu-architecture={architecture}".encode()]
    failed = library.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options))
    assert library.nvrtcGetProgramLogSize(program, ctypes.byref(size)) == 0
    log = ctypes.create_string_buffer(size.value)
    assert library.nvrtcGetProgramLog(program, log) == 0
    library.nvrtcDestroyProgram(ctypes.byref(program))
    complaints = log.value.decode().strip()
    return complaints or (f"NVRTC failed with code {failed}" if failed else "")


def compile_with_nvcc(nvcc: str, source: str, architecture: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernels.cu"
        path.write_text(source, "utf-8")
        command = [nvcc, f"-arch={architecture}", "--cubin", "-o", str(path.with_suffix(".cubin")), str(path)]
        done = subprocess.run(command, capture_output=True, text=True)
    return done.stderr.strip() or (f"nvcc failed with code {done.returncode}" if done.returncode else "")
