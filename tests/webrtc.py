"""WebRTC in tests: each has an event loop of its own, and aioice shares a lock by thread."""

import threading

import pytest
from aioice import ice


@pytest.fixture(autouse=True)
def own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers hide their addresses behind names of mDNS; look them up on this test's loop."""
    monkeypatch.setattr(ice, "_mdns", threading.local())
