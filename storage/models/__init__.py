"""The tables, a file an area. Everything is keyed by tenant.

Importing the package knows them all, which migrations rely on.
"""

from storage.models import images, incidents, people, seats, webhooks
from storage.models.base import Base

__all__ = ["Base", "images", "incidents", "people", "seats", "webhooks"]
