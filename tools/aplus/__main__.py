"""Entry of `./aplus` (run as a folder) and of helpers that need root (`python3 -m aplus …`)."""

import sys
from pathlib import Path

here = Path(__file__).resolve().parent
# Run as a folder, Python puts this one first, where its modules would shadow the standard library's.
sys.path[:] = [str(here.parent)] + [entry for entry in sys.path if Path(entry or ".").resolve() != here]

from aplus.cli import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
