"""calendar keys"""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0610"
down_revision = "20261122_0600"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_key",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_calendar_key_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_calendar_key")),
        sa.UniqueConstraint("token", name=op.f("uq_calendar_key_token")),
    )


def downgrade() -> None:
    op.drop_table("calendar_key")
