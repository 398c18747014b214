"""Which of OpenBLAS's kernels to train with: they round differently, so each gives another model."""

from pathlib import Path

# The fastest kernels that most Intel and AMD processors since 2013 can run, so all of them give the same
# bytes. The kernels for AVX-512 save at most 4 % of a training's time.
SHARED = "Haswell"
_NEEDED = {"avx2", "fma"}


def shared_kernels(cpuinfo: Path = Path("/proc/cpuinfo")) -> str | None:
    """Return the value of OPENBLAS_CORETYPE with which the result does not depend on the processor.

    None if the processor cannot run these kernels or is unknown: it would stop at an illegal instruction.
    """
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return None
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return SHARED if set(flags) >= _NEEDED else None
