"""Keep freed memory in the process.

By default glibc returns the memory of a large array to the operating system as soon as it is freed.  The next array of
that size gets new pages, each of which must be zeroed and mapped on first use: a page fault every 4 KiB.  A training
step frees and allocates the same arrays again and again, so this costs as much time as the arithmetic.
"""

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # from <malloc.h>


def keep_freed_memory() -> bool:
    """Make glibc's malloc keep freed memory for the next array; returns whether it took effect.

    This is a setting of the whole process, so only commands call it, never the library.  Without glibc (macOS, Windows,
    musl) nothing happens: the command is slower, its results are the same.
    """
    if not has_glibc():
        return False
    libc = ctypes.CDLL(None)
    # Allocate no array by mmap, whatever its size, and keep up to 2 GiB of free memory at the top of the heap.
    return bool(libc.mallopt(M_MMAP_MAX, 0)) and bool(libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1))


def has_glibc() -> bool:
    """Whether this Python runs on glibc."""
    return platform.libc_ver()[0] == "glibc"
