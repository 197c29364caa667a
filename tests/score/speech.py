"""Quality and delay of heard speech beside what was said.

stdin:  lines `wb|nb REFERENCE DEGRADED` (raw, 16 bit, little endian, one channel; wb 16000 Hz, nb 8000 Hz), a batch ends with an
        empty line, all with the end of the input
stdout: for each line of a batch `PESQ STOI DELAY_MS`: ITU-T P.862.2 or P.862.1 (MOS-LQO), STOI of the sounds laid upon each other,
        mean delay of pieces of 400 ms that can be found again
"""

import sys
from multiprocessing import Pool

# A file beside this one has the name of a module that is needed.
sys.path.pop(0)
try:
    import numpy
    from pesq import NoUtterancesError, pesq
    from pystoi import stoi
except ImportError as missing:
    sys.exit(f"{missing}: install tests/requirements.txt (cargo xtask test does) and set TIMBRE_PYTHON")

WINDOW_S, LONGEST_S = 0.4, 0.6


def read(path):
    return numpy.fromfile(path, dtype="<i2").astype(numpy.float32) / 32768


def lag_of(said, heard):
    """Samples by which `heard` is later, 0 to LONGEST_S, and how alike the two are there (0 to 1)."""
    size = len(said) + len(heard)
    alike = numpy.fft.irfft(numpy.fft.rfft(heard, size) * numpy.conj(numpy.fft.rfft(said, size)), size)
    alike = alike[: len(heard) - len(said) + 1]
    energy = numpy.concatenate(([0.0], numpy.cumsum(heard.astype(numpy.float64) ** 2)))
    energy = energy[len(said) :] - energy[: -len(said)]
    alike = alike / numpy.sqrt(numpy.maximum(energy, 1e-6) * max(float(numpy.sum(said**2)), 1e-6))
    best = int(numpy.argmax(alike))
    return best, alike[best]


def delay_ms(rate, said, heard):
    window, longest = int(rate * WINDOW_S), int(rate * LONGEST_S)
    heard = numpy.pad(heard, (0, max(0, len(said) + longest - len(heard))))
    found = []
    for at in range(0, len(said) - window, window):
        piece = said[at : at + window]
        if numpy.sqrt(numpy.mean(piece**2)) < 0.01:
            continue
        lag, alike = lag_of(piece, heard[at : at + window + longest])
        if alike > 0.7:
            found.append(lag)
    return 1000 * float(numpy.mean(found)) / rate if found else float("nan")


def score(line):
    mode, said, heard = line.split()
    rate = {"wb": 16000, "nb": 8000}[mode]
    said, heard = read(said), read(heard)
    try:
        quality = pesq(rate, said, heard, mode)
    except NoUtterancesError:
        quality = 1.0
    delay = delay_ms(rate, said, heard)
    shift = 0 if numpy.isnan(delay) else int(delay * rate / 1000)
    laid = numpy.pad(heard, (0, len(said) + shift))[shift : shift + len(said)]
    return f"{quality:.3f} {stoi(said, laid, rate):.3f} {delay:.1f}"


def main():
    with Pool() as pool:
        batch = []
        for line in sys.stdin:
            if line.strip():
                batch.append(line)
                continue
            print("\n".join(pool.map(score, batch, 1)), flush=True)
            batch = []


main()
