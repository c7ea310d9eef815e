"""The tables, a file an area. Everything is keyed by tenant.

Importing the package knows them all, which migrations rely on.
"""

from storage.models import (
    chain,
    consent,
    erasure,
    images,
    incidents,
    keys,
    log,
    machines,
    maintenance,
    notices,
    people,
    push,
    seats,
    signin,
    webhooks,
)
from storage.models.base import Base

__all__ = [
    "Base",
    "chain",
    "consent",
    "erasure",
    "images",
    "incidents",
    "keys",
    "log",
    "machines",
    "maintenance",
    "notices",
    "people",
    "push",
    "seats",
    "signin",
    "webhooks",
]
