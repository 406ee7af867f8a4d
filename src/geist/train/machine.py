"""What this machine is good at, and how its memory is kept."""

import ctypes
from pathlib import Path

import torch

from geist.core.errors import GeistError

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


def device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def use(name: str) -> None:
    """Makes new tensors on the device that a run began on. Nothing of geist was ever run on CUDA:
    the code asks for no more than this, but a resumed run need not end with the same bytes there.
    """
    if name != "cpu" and name != device():
        raise GeistError(f"the run began on {name}, and there is none here",
                         mend="begin another run with --name")  # fmt: skip
    if name != "cpu":
        torch.set_default_device(name)


def fast_bf16() -> bool:
    """Whether bf16 is multiplied in hardware: by the GPU, or by AVX512-BF16 or AMX."""
    if device() == "cuda":
        return torch.cuda.is_bf16_supported()
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
