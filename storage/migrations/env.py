"""What Alembic runs; the connection comes from `storage.database`, already locked."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from storage.models import Base
from storage.models.base import Instant


def plain(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Versions stand for themselves: they do not import the models, which go on changing."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=plain,
)
with context.begin_transaction():
    context.run_migrations()
