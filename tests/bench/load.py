"""The load generator by its path: `python tests/bench/load.py --help`. It is shipped as smsc.sim.load."""

import sys

from smsc.sim.load import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
