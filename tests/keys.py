"""Keys for tests: a master key in memory, and tenants' keys in a real record."""

import base64

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.sealing.keys import Keys
from storage.sealing.masters import GivenMasters

MASTER = base64.b64encode(b"m" * 32).decode()


def keys(engine: AsyncEngine) -> Keys:
    return Keys(engine, GivenMasters(MASTER))
