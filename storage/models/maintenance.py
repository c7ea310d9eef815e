"""When the installation is, or will be, under maintenance."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key


class MaintenanceWindow(Base):
    """`begins_at` and `ends_at` are planned; it begins and ends when an operator says so.

    It ended without having begun: it was withdrawn. `announced_by` has no foreign key, for the
    window outlives whom it names; empty where it was announced by command.
    """

    __tablename__ = "maintenance_windows"
    id: Mapped[int] = key()
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    text_ja: Mapped[str] = mapped_column(String(500), default="")
    text_en: Mapped[str] = mapped_column(String(500), default="")
    announced_at: Mapped[datetime]
    announced_by: Mapped[int | None] = mapped_column(Id)
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
