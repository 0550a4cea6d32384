"""files in mails, and producers who get no sheet by mail"""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0745"
down_revision = "20261122_0730"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unmailed_producer",
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"],
            ["producer.id"],
            name=op.f("fk_unmailed_producer_producer_id_producer"),
        ),
        sa.PrimaryKeyConstraint("producer_id", name=op.f("pk_unmailed_producer")),
    )
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("file_name", sa.String(length=120), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("file", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.alter_column("file_name", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_column("file")
        batch_op.drop_column("file_name")

    op.drop_table("unmailed_producer")
