"""Which of OpenBLAS's kernels to train with: each rounds in its own way, so another one is another model."""

from pathlib import Path

# The fastest that most x86-64 processors since 2013 share, Intel's and AMD's: any of them writes the same
# bytes with these. AVX-512 has kernels of its own, which save no more than 4 % of a training's time.
SHARED = "Haswell"
_NEEDED = {"avx2", "fma"}


def shared_kernels(cpuinfo: Path = Path("/proc/cpuinfo")) -> str | None:
    """Return what OPENBLAS_CORETYPE must be for bytes that do not depend on the processor.

    None where the processor can't run it, or nobody knows: a forced one would die of an illegal instruction.
    """
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return None
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return SHARED if set(flags) >= _NEEDED else None
