"""How often somebody may do something: a token bucket for each, bounded in number."""

KNOWN_MAX = 20_000


class Buckets:
    """Each holds at most `burst`, and fills by `per_s` a second."""

    def __init__(self, burst: float, per_s: float) -> None:
        self.burst = burst
        self.per_s = per_s
        self._left: dict[int, tuple[float, float]] = {}

    def __contains__(self, key: int) -> bool:
        return key in self._left

    def take(self, key: int, now: float) -> float:
        """Take one; what is left after it, which is below 0 where there was none to take."""
        held, at = self._left.pop(key, (self.burst, now))
        held = min(self.burst, held + (now - at) * self.per_s)
        self._left[key] = held - 1 if held >= 1 else held, now  # who asks in vain pays nothing
        if len(self._left) > KNOWN_MAX:
            del self._left[next(iter(self._left))]  # the one that was here the longest ago
        return held - 1
