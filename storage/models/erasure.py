"""How far each tenant's record is rid of what must go: by its age, and after the contract's end."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, to


class Erasure(Base):
    """One tenant's. `swept_at` is when all that was too old had gone last; `gone` counts what has
    gone since, by kind. `erased_at`: nothing is left of a tenant whose contract has ended.
    """

    __tablename__ = "erasures"
    tenant_id: Mapped[int] = to("tenants", primary_key=True)
    claimed_until: Mapped[datetime | None]
    swept_at: Mapped[datetime | None] = mapped_column(index=True)
    gone: Mapped[dict[str, Any]] = mapped_column(default=dict)
    erased_at: Mapped[datetime | None]
