"""duty at deliveries: periods, seats, shares, absences, requests, journal"""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0730"
down_revision = "20261122_0715"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duty_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("owed", sa.Integer(), nullable=False),
        sa.Column("lock_days", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_duty_period_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_period")),
        sa.UniqueConstraint("name", name=op.f("uq_duty_period_name")),
    )
    op.create_table(
        "duty_share",
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("owed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_duty_share_household_id_household")
        ),
        sa.ForeignKeyConstraint(
            ["period_id"], ["duty_period.id"], name=op.f("fk_duty_share_period_id_duty_period")
        ),
        sa.PrimaryKeyConstraint("period_id", "household_id", name=op.f("pk_duty_share")),
    )
    op.create_table(
        "duty_absence",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["delivery.id"],
            name=op.f("fk_duty_absence_delivery_id_delivery"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_duty_absence_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", "delivery_id", name=op.f("pk_duty_absence")),
    )
    op.create_table(
        "duty_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_duty_event_by_id_person")),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["delivery.id"],
            name=op.f("fk_duty_event_delivery_id_delivery"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["period_id"], ["duty_period.id"], name=op.f("fk_duty_event_period_id_duty_period")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_duty_event_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_event")),
    )
    with op.batch_alter_table("duty_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_event_period_id"), ["period_id"], unique=False)

    op.create_table(
        "duty_seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_duty_seat_by_id_person")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_duty_seat_delivery_id_delivery")
        ),
        sa.ForeignKeyConstraint(
            ["period_id"], ["duty_period.id"], name=op.f("fk_duty_seat_period_id_duty_period")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_duty_seat_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_seat")),
        sa.UniqueConstraint(
            "delivery_id", "person_id", name=op.f("uq_duty_seat_delivery_id_person_id")
        ),
    )
    with op.batch_alter_table("duty_seat", schema=None) as batch_op:
        batch_op.create_index("ix_duty_seat_period", ["period_id", "delivery_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_duty_seat_person_id"), ["person_id"], unique=False)

    op.create_table(
        "duty_swap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("wanted_id", sa.Integer(), nullable=True),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["from_id"], ["person.id"], name=op.f("fk_duty_swap_from_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["seat_id"], ["duty_seat.id"], name=op.f("fk_duty_swap_seat_id_duty_seat")
        ),
        sa.ForeignKeyConstraint(["to_id"], ["person.id"], name=op.f("fk_duty_swap_to_id_person")),
        sa.ForeignKeyConstraint(
            ["wanted_id"], ["duty_seat.id"], name=op.f("fk_duty_swap_wanted_id_duty_seat")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_swap")),
    )
    with op.batch_alter_table("duty_swap", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_swap_to_id"), ["to_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_duty_swap_wanted_id"), ["wanted_id"], unique=False)
        batch_op.create_index(
            "one_pending_swap",
            ["seat_id"],
            unique=True,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )


def downgrade() -> None:

    with op.batch_alter_table("duty_swap", schema=None) as batch_op:
        batch_op.drop_index(
            "one_pending_swap",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.drop_index(batch_op.f("ix_duty_swap_wanted_id"))
        batch_op.drop_index(batch_op.f("ix_duty_swap_to_id"))

    op.drop_table("duty_swap")
    with op.batch_alter_table("duty_seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_seat_person_id"))
        batch_op.drop_index("ix_duty_seat_period")

    op.drop_table("duty_seat")
    with op.batch_alter_table("duty_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_event_period_id"))

    op.drop_table("duty_event")
    op.drop_table("duty_absence")
    op.drop_table("duty_share")
    op.drop_table("duty_period")
