"""life of a contract: validation, quotas, payment terms, swaps, messages, events"""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0920"
down_revision = "20261122_0745"
branch_labels = None
depends_on = None

KEPT = (
    "members_swap",
    "lock_days",
    "has_payments",
    "payee",
    "most_cheques",
    "payment_terms",
    "validated_by",
    "unvalidated_reason",
)


def upgrade() -> None:
    op.create_table(
        "contract_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_message_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["sent_by_id"], ["person.id"], name=op.f("fk_contract_message_sent_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_message")),
    )
    with op.batch_alter_table("contract_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contract_message_contract_id"), ["contract_id"], unique=False
        )

    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=True),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("closes > opens", name=op.f("ck_event_order")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_event_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_event_created_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_date"), ["date"], unique=False)

    op.create_table(
        "payment_date",
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_payment_date_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("contract_id", "date", name=op.f("pk_payment_date")),
    )
    op.create_table(
        "waiting_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("contract_product_id", sa.Integer(), nullable=True),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["person.id"], name=op.f("fk_waiting_entry_asked_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_waiting_entry_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["contract_product_id"],
            ["contract_product.id"],
            name=op.f("fk_waiting_entry_contract_product_id_contract_product"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_waiting_entry_household_id_household")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_entry")),
        sa.UniqueConstraint(
            "contract_id",
            "household_id",
            "contract_product_id",
            name=op.f("uq_waiting_entry_contract_id_household_id_contract_product_id"),
        ),
    )
    with op.batch_alter_table("waiting_entry", schema=None) as batch_op:
        batch_op.create_index(
            "one_waiting_for_contract",
            ["contract_id", "household_id"],
            unique=True,
            sqlite_where=sa.text("contract_product_id IS NULL"),
            postgresql_where=sa.text("contract_product_id IS NULL"),
        )

    op.create_table(
        "swap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("from_date_id", sa.Integer(), nullable=False),
        sa.Column("to_date_id", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["from_date_id"], ["contract_date.id"], name=op.f("fk_swap_from_date_id_contract_date")
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["person.id"], name=op.f("fk_swap_set_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_swap_subscription_id_subscription"),
        ),
        sa.ForeignKeyConstraint(
            ["to_date_id"], ["contract_date.id"], name=op.f("fk_swap_to_date_id_contract_date")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swap")),
        sa.UniqueConstraint(
            "subscription_id", "from_date_id", name=op.f("uq_swap_subscription_id_from_date_id")
        ),
    )
    with op.batch_alter_table("swap", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_swap_subscription_id"), ["subscription_id"], unique=False
        )

    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("members_swap", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("lock_days", sa.Integer(), server_default="2", nullable=False)
        )
        batch_op.add_column(sa.Column("most_signed", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("has_payments", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("payee", sa.String(length=120), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("most_cheques", sa.Integer(), server_default="1", nullable=False)
        )
        batch_op.add_column(
            sa.Column("payment_terms", sa.Text(), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("validated_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("validated_by", sa.String(length=200), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("unvalidated_reason", sa.Text(), server_default="", nullable=False)
        )

    with op.batch_alter_table("contract", schema=None) as batch_op:
        for name in KEPT:
            batch_op.alter_column(name, server_default=None)

    with op.batch_alter_table("contract_product", schema=None) as batch_op:
        batch_op.add_column(sa.Column("most_a_date", sa.Integer(), nullable=True))

    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.add_column(sa.Column("latitude", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("longitude", sa.Double(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.drop_column("longitude")
        batch_op.drop_column("latitude")

    with op.batch_alter_table("contract_product", schema=None) as batch_op:
        batch_op.drop_column("most_a_date")

    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.drop_column("unvalidated_reason")
        batch_op.drop_column("validated_by")
        batch_op.drop_column("validated_on")
        batch_op.drop_column("payment_terms")
        batch_op.drop_column("most_cheques")
        batch_op.drop_column("payee")
        batch_op.drop_column("has_payments")
        batch_op.drop_column("most_signed")
        batch_op.drop_column("lock_days")
        batch_op.drop_column("members_swap")

    with op.batch_alter_table("swap", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_swap_subscription_id"))

    op.drop_table("swap")
    with op.batch_alter_table("waiting_entry", schema=None) as batch_op:
        batch_op.drop_index("one_waiting_for_contract")

    op.drop_table("waiting_entry")
    op.drop_table("payment_date")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_date"))
        batch_op.drop_index(batch_op.f("ix_event_contract_id"))

    op.drop_table("event")
    with op.batch_alter_table("contract_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_message_contract_id"))

    op.drop_table("contract_message")
