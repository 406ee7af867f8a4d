"""What this machine is good at, and how its memory is kept."""

import ctypes
from pathlib import Path

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # malloc.h


def keep_memory() -> None:
    """Asks glibc to keep what is freed. An update allocates and frees gigabytes; to give them back
    to the system and get them again, page by page, costs more than the products."""
    try:
        libc = ctypes.CDLL("libc.so.6")
        for name, value in ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, 2**31 - 1), (M_TOP_PAD, 2**26)):
            libc.mallopt(name, value)
    except (OSError, AttributeError):  # another C library
        return


def fast_bf16() -> bool:
    """Whether this processor multiplies bf16 in hardware (AVX512-BF16 or AMX)."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
