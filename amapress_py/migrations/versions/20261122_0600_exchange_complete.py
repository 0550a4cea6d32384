"""preferences, passes, prints, memberships, mail templates"""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0600"
down_revision = "20261122_0547"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "membership_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("minimum_cents", sa.Integer(), nullable=False),
        sa.Column("suggested_cents", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_membership_period_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_period")),
        sa.UniqueConstraint("name", name=op.f("uq_membership_period_name")),
    )
    op.create_table(
        "alert_preference",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("pace", sa.String(length=20), nullable=False),
        sa.Column("weekdays", sa.Integer(), nullable=False),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("digest_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_alert_preference_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_alert_preference")),
    )
    op.create_table(
        "alert_wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_alert_wish_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_wish")),
        sa.UniqueConstraint(
            "person_id", "kind", "value", name=op.f("uq_alert_wish_person_id_kind_value")
        ),
    )
    with op.batch_alter_table("alert_wish", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_wish_person_id"), ["person_id"], unique=False)

    op.create_table(
        "basket_pass",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_basket_pass_delivery_id_delivery")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_basket_pass_household_id_household")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_basket_pass_made_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_basket_pass")),
        sa.UniqueConstraint("token", name=op.f("uq_basket_pass_token")),
    )
    with op.batch_alter_table("basket_pass", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_basket_pass_delivery_id"), ["delivery_id"], unique=False
        )
        batch_op.create_index(
            "ix_basket_pass_household", ["household_id", "delivery_id"], unique=False
        )

    op.create_table(
        "fetched",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_fetched_by_id_person")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_fetched_delivery_id_delivery")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_fetched_household_id_household")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fetched")),
        sa.UniqueConstraint(
            "delivery_id",
            "household_id",
            "offer_id",
            name=op.f("uq_fetched_delivery_id_household_id_offer_id"),
        ),
    )
    op.create_table(
        "mail_template",
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["person.id"], name=op.f("fk_mail_template_changed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_mail_template")),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("means", sa.String(length=40), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_membership_household_id_household")
        ),
        sa.ForeignKeyConstraint(
            ["noted_by_id"], ["person.id"], name=op.f("fk_membership_noted_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["membership_period.id"],
            name=op.f("fk_membership_period_id_membership_period"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "period_id", "household_id", name=op.f("uq_membership_period_id_household_id")
        ),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_membership_household_id"), ["household_id"], unique=False
        )

    op.create_table(
        "sheet_print",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("printed_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_sheet_print_delivery_id_delivery")
        ),
        sa.ForeignKeyConstraint(
            ["printed_by_id"], ["person.id"], name=op.f("fk_sheet_print_printed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_print")),
        sa.UniqueConstraint(
            "delivery_id", "number", name=op.f("uq_sheet_print_delivery_id_number")
        ),
        sa.UniqueConstraint("token", name=op.f("uq_sheet_print_token")),
    )
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["basket_offer.id"], name=op.f("fk_reminder_offer_id_basket_offer")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_reminder_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "offer_id", "person_id", "day", name=op.f("uq_reminder_offer_id_person_id_day")
        ),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["basket_offer.id"], name=op.f("fk_turn_offer_id_basket_offer")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_turn_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turn")),
        sa.UniqueConstraint("offer_id", "person_id", name=op.f("uq_turn_offer_id_person_id")),
    )
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_turn_offer_id"), ["offer_id"], unique=False)

    with op.batch_alter_table("basket_offer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("basket_offer", schema=None) as batch_op:
        batch_op.drop_column("reminded_at")
        batch_op.drop_column("paid_at")

    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_turn_offer_id"))

    op.drop_table("turn")
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reminder_offer_id"))

    op.drop_table("reminder")
    op.drop_table("sheet_print")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_household_id"))

    op.drop_table("membership")
    op.drop_table("mail_template")
    op.drop_table("fetched")
    with op.batch_alter_table("basket_pass", schema=None) as batch_op:
        batch_op.drop_index("ix_basket_pass_household")
        batch_op.drop_index(batch_op.f("ix_basket_pass_delivery_id"))

    op.drop_table("basket_pass")
    with op.batch_alter_table("alert_wish", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_wish_person_id"))

    op.drop_table("alert_wish")
    op.drop_table("alert_preference")
    op.drop_table("membership_period")
