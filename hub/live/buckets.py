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
        left, at = self._left.pop(key, (self.burst, now))
        left = min(self.burst, left + (now - at) * self.per_s) - 1
        self._left[key] = max(left, 0), now
        if len(self._left) > KNOWN_MAX:
            del self._left[next(iter(self._left))]  # the one that was here the longest ago
        return left
