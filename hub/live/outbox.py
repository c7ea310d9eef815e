"""What one watcher still lacks: a place and an offset, never a queue.

A watcher that does not keep up is skipped: its frames are let go, and when it reads again it gets
the last state of every seat that changed since.
"""

from hub.counters import SKIPPED
from hub.live.frames import Frame
from hub.live.wire import Wire

# A slow watcher costs at most 512 kB: one frame here, and twice KERNEL_BYTES in the kernel. On a
# server without the lane it may be plain.FULL_BYTES more.
FRAME_MAX_BYTES = 256 * 1024
KERNEL_BYTES = 64 * 1024


class Outbox:
    """`sent` is the offset up to which it was told everything, where it lacks something.

    `place` is where its snapshot goes on, `part` how many parts of it there were. It is `behind`
    if it was skipped since.
    """

    __slots__ = ("behind", "part", "place", "sent", "wire")

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.sent = 0
        self.behind = False
        self.place: int | None = None
        self.part = 0

    @property
    def lacks(self) -> bool:
        return self.behind or self.place is not None

    def put(self, frame: Frame, after: int) -> None:
        """Send what follows the offset `after`, unless there is no room or something before it."""
        if self.behind or self.place is not None or self.wire.full:
            self.skip(after)
        else:
            self.wire.send(frame)

    def skip(self, at: int) -> None:
        """Let go of what follows the offset `at`; the state since stands in for it."""
        if self.behind:
            return
        SKIPPED.inc()
        self.behind = True
        if self.place is None:
            self.sent = at

    def begin(self, offset: int) -> None:
        """Begin anew with a snapshot of this offset."""
        self.sent, self.behind = offset, False
        self.place = self.part = 0

    def go_on(self, offset: int) -> None:
        """It knows everything up to this offset, and lacks what came since."""
        self.sent, self.behind, self.place = offset, True, None
