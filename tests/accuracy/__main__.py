"""Accuracy on a folder of labelled pictures: `python -m tests.accuracy DATA_DIR`.

DATA_DIR, else the folder that ZAISEKI_ACCURACY_DATA names, has labels.csv, enrol.csv, pairs.csv,
the pictures that they name, and build_clip.py; what is missing is reported, and the rest measured.
Everything goes through the agent's own code at its defaults. Tables are printed and kept with the
curves in --out; the last line is one line of JSON.
"""

import argparse
import os
import sys
from pathlib import Path

from tests.accuracy.data import Data
from tests.accuracy.report import PARTS, Suite

VARIABLE = "ZAISEKI_ACCURACY_DATA"
OUT = Path(__file__).resolve().parents[2] / ".cache" / "accuracy"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy", description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=os.environ.get(VARIABLE))
    parser.add_argument("--out", type=Path, default=OUT, help="default: %(default)s")
    parser.add_argument("--minutes", type=float, default=15.0, help="of composed sitting")
    parser.add_argument("--only", choices=PARTS, action="append", help="again for more")
    options = parser.parse_args()
    if options.data is None or not Path(options.data).is_dir():
        print(f"accuracy: which folder? name it, or set {VARIABLE}", file=sys.stderr)
        return 2
    suite = Suite(Data(Path(options.data)), options.out, options.minutes)
    suite.run(options.only or PARTS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
