"""The limited process that decodes what devices sent: `python -I -m hub.http.pictures.decoding`.

It says READY once, reads one image after the other from stdin (the length in 4 bytes, then the
bytes) and answers each with one line: `ok WIDTH HEIGHT`, or `no` and why. It opens no file and
writes none. An image that takes too much of the processor ends it: what a busy machine makes wait
does not count.
"""

import resource
import signal
import sys
from typing import BinaryIO

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from hub.http.pictures.decoder import READY

MEMORY_BYTES = 1024**3  # of addresses, libraries included; a screen takes 8 MB decoded
DECODED_WITHIN_S = 5.0  # of the processor's time; a screen of 1920 x 1080 takes 30 ms
CODECS = {b"\xff\xd8": "mjpeg", b"RI": "webp"}


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for nothing in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NOFILE):
        resource.setrlimit(nothing, (0, 0))


def decoded(data: bytes) -> str:
    """Every pixel is decoded, and what a decoder would only warn about is an error here."""
    codec = av.CodecContext.create(CODECS[data[:2]], "r")
    assert isinstance(codec, VideoCodecContext)
    codec.thread_count = 1
    codec.options = {"err_detect": "crccheck+bitstream+buffer+explode"}
    codec.open()
    frames = [*codec.decode(av.Packet(data)), *codec.decode(None)]
    if len(frames) != 1 or not isinstance(frames[0], VideoFrame):
        return f"no {len(frames)} pictures"
    return f"ok {frames[0].width} {frames[0].height}"


def main(given: BinaryIO, answers: BinaryIO) -> None:
    av.logging.set_level(None)
    limit()
    answers.write(READY)
    answers.flush()
    while len(head := given.read(4)) == 4:
        data = given.read(int.from_bytes(head))
        signal.setitimer(signal.ITIMER_PROF, DECODED_WITHIN_S)
        try:
            line = decoded(data)
        except (av.FFmpegError, ValueError, MemoryError) as wrong:
            line = f"no {type(wrong).__name__}"
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(line.encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
