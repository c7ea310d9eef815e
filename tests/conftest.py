"""What all tests share: the servers, and the record of the requirements that were proven."""

import gc
import os

import pytest
from hypothesis import settings

from tests import alone
from tests.rawsockets import both_paths
from tests.requirements import LIST, Recorder, rows
from tests.servers import broker_url, chromium, postgres, postgres_url, redis
from tests.tokens import soft_tokens, token_uri

# Tests leave nothing in the keychain of whoever runs them; processes that they start inherit this.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

# Here alone: a fixture that modules import for themselves is another one in each.
__all__ = [
    "both_paths",
    "broker_url",
    "chromium",
    "postgres",
    "postgres_url",
    "redis",
    "soft_tokens",
    "token_uri",
]


# A machine that is busy makes no property false: how long an example takes is not asserted.
settings.register_profile("zaiseki", deadline=None)
settings.load_profile("zaiseki")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(alone)
    config.pluginmanager.register(Recorder({row.id for row in rows(LIST.read_text())}))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: to look through it again and again for
    garbage took a fifth of the time of tests that drive a hub."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
