"""mass operations on contracts, and rules of products"""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0715"
down_revision = "20261122_0650"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["applied_by_id"], ["person.id"], name=op.f("fk_operation_applied_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_operation_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["person.id"], name=op.f("fk_operation_undone_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
    )
    with op.batch_alter_table("operation", schema=None) as batch_op:
        batch_op.create_index("ix_operation_contract_id", ["contract_id"], unique=False)
    op.add_column("contract_product", sa.Column("weekday", sa.Integer(), nullable=True))
    op.add_column("contract_product", sa.Column("weeks", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.drop_column("contract_product", "weeks")
    op.drop_column("contract_product", "weekday")
    with op.batch_alter_table("operation", schema=None) as batch_op:
        batch_op.drop_index("ix_operation_contract_id")

    op.drop_table("operation")
