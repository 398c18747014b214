"""`python -m service.train`: see cli.py."""

import os
import sys

from service.train.kernels import shared_kernels

# BLAS reads these when numpy is imported. Its threads would compete with those of implicit and of `top`.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
if _kernels := shared_kernels():
    os.environ.setdefault("OPENBLAS_CORETYPE", _kernels)

from service.train.cli import main  # noqa: E402

sys.exit(main(sys.argv[1:], os.environ))
