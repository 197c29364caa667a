"""Speech quality by ITU-T P.862.2 (wb, 16000 Hz) or P.862.1 (nb, 8000 Hz).

usage: pesq.py wb|nb REFERENCE DEGRADED...     files: raw, 16 bit, little endian, one channel
Prints one score (MOS-LQO) a line, in the order of the degraded files.
"""

import sys

# This file has the name of the module it needs.
sys.path.pop(0)
try:
    import numpy
    from pesq import pesq
except ImportError as missing:
    sys.exit(f"{missing}: install tests/requirements.txt (cargo xtask test does) and set TIMBRE_PYTHON")


def read(path):
    return numpy.fromfile(path, dtype="<i2").astype(numpy.float32) / 32768


def main():
    mode, reference, *degraded = sys.argv[1:]
    rate = {"wb": 16000, "nb": 8000}[mode]
    said = read(reference)
    for path in degraded:
        print(f"{pesq(rate, said, read(path), mode):.3f}")


main()
