"""Keep freed memory within the process.

By default glibc gives a large array back to the kernel as soon as it is freed, and the next one of its size is handed
out as fresh pages, each of which must be zeroed and mapped on first touch: a page fault every 4 KiB.  A training step
frees and asks for the same arrays over and over, so this costs as much as the arithmetic.
"""

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # of <malloc.h>


def keep_freed_memory() -> bool:
    """Tell glibc's malloc to keep what is freed for the next array; True if it took effect.

    This is a setting of the whole process, so commands do it, and the library never does.  Where there is no glibc
    (macOS, Windows, musl) nothing happens, and the command is slower but right.
    """
    if not has_glibc():
        return False
    libc = ctypes.CDLL(None)
    # No array by mmap, whatever its size, and the top of the heap is not given back below 2 GiB.
    return bool(libc.mallopt(M_MMAP_MAX, 0)) and bool(libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1))


def has_glibc() -> bool:
    """Whether this Python runs on glibc."""
    return platform.libc_ver()[0] == "glibc"
