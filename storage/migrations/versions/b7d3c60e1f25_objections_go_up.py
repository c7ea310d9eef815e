"""objections go up"""

from alembic import op

revision = "b7d3c60e1f25"
down_revision = "4e7a1c92d0b5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incidents_tenant_id_disputed_at"),
            ["tenant_id", "disputed_at"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incidents_tenant_id_disputed_at"))
