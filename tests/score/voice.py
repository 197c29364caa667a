"""WebRTC's voice processing in C++, to be compared with.

arguments: FAR NEAR SAID (raw, 32 bit float, little endian, one channel, 48000 Hz) and `noise` or `plain`
Ends with 3 where `pywebrtc-audio` is not installed.
"""

import sys

try:
    import numpy
    from pywebrtc_audio import AudioProcessor
except ImportError:
    sys.exit(3)

RATE, BLOCK, DELAY_MS = 48000, 480, 40

far, near = (numpy.fromfile(path, dtype="<f4") for path in sys.argv[1:3])
processor = AudioProcessor(
    sample_rate=RATE,
    echo_cancellation=True,
    high_pass_filter=True,
    noise_suppression=sys.argv[4] == "noise",
    stream_delay_ms=DELAY_MS,
)
blocks = range(0, len(near) - BLOCK + 1, BLOCK)
said = [processor.process(near[at : at + BLOCK], far[at : at + BLOCK]) for at in blocks]
numpy.concatenate(said).astype("<f4").tofile(sys.argv[3])
