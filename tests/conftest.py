"""What every test shares: one thread a library, and the real data sets when they stand beside the checkout."""

import os
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

SHARED = Path(__file__).parents[1].parent / "shared" / "data"
if "OBVERSE_DATA" not in os.environ and SHARED.is_dir():
    os.environ["OBVERSE_DATA"] = str(SHARED)
