"""first tables"""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0300"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "household",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
    )
    op.create_table(
        "page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("menu_label", sa.String(length=200), nullable=False),
        sa.Column("in_menu", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("audience", sa.String(length=200), nullable=False),
        sa.Column("redirect_page_id", sa.Integer(), nullable=True),
        sa.Column("revision_id", sa.Integer(), nullable=True),
        sa.Column("seed", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["page.id"], name=op.f("fk_page_parent_id_page")),
        sa.ForeignKeyConstraint(
            ["redirect_page_id"], ["page.id"], name=op.f("fk_page_redirect_page_id_page")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
        sa.UniqueConstraint("path", name=op.f("uq_page_path")),
    )
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("directions", sa.Text(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("sort_key", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("name", name=op.f("uq_place_name")),
        sa.UniqueConstraint("short_name", name=op.f("uq_place_short_name")),
    )
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_place_sort_key"), ["sort_key"], unique=False)

    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "site_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_version")),
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("window_ends", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=True),
        sa.Column("closes", sa.Time(), nullable=True),
        sa.Column("substitute_place_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_delivery_place_id_place")
        ),
        sa.ForeignKeyConstraint(
            ["substitute_place_id"],
            ["place.id"],
            name=op.f("fk_delivery_substitute_place_id_place"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("date", "place_id", name=op.f("uq_delivery_date_place_id")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_date"), ["date"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_place_id"), ["place_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_starts_at"), ["starts_at"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("other_phone", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("stamp", sa.String(length=32), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sort_key", sa.String(length=210), nullable=False),
        sa.Column("search_text", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_person_household_id_household")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_household_id"), ["household_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_sort_key"), ["sort_key"], unique=False)

    op.create_table(
        "basket_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("offered_by_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_basket_offer_delivery_id_delivery")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_basket_offer_household_id_household")
        ),
        sa.ForeignKeyConstraint(
            ["offered_by_id"], ["person.id"], name=op.f("fk_basket_offer_offered_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_basket_offer")),
    )
    with op.batch_alter_table("basket_offer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_basket_offer_delivery_id"), ["delivery_id"], unique=False
        )
        batch_op.create_index(
            "ix_basket_offer_household_delivery", ["household_id", "delivery_id"], unique=False
        )
        batch_op.create_index(
            "ix_basket_offer_state_delivery", ["state", "delivery_id"], unique=False
        )

    op.create_table(
        "household_stay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_household_stay_order")),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_household_stay_household_id_household"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_household_stay_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_stay")),
    )
    with op.batch_alter_table("household_stay", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_household_stay_household_id"), ["household_id"], unique=False
        )
        batch_op.create_index(
            "one_current_stay",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )

    op.create_table(
        "intermittent_enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("enrolled_by_id", sa.Integer(), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("because", sa.String(length=20), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolled_by_id"],
            ["person.id"],
            name=op.f("fk_intermittent_enrolment_enrolled_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_intermittent_enrolment_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intermittent_enrolment")),
        sa.UniqueConstraint("token", name=op.f("uq_intermittent_enrolment_token")),
    )
    with op.batch_alter_table("intermittent_enrolment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_intermittent_enrolment_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index(
            "one_live_enrolment",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "outbox_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("to_address", sa.String(length=254), nullable=False),
        sa.Column("to_name", sa.String(length=210), nullable=False),
        sa.Column("reply_to", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.String(length=60), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("search_text", sa.String(length=600), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_outbox_mail_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_mail_message_id")),
        sa.UniqueConstraint("topic", "to_address", name="uq_outbox_mail_once"),
    )
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_mail_due", ["state", "next_try_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_mail_person_id"), ["person_id"], unique=False)

    op.create_table(
        "page_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_page_revision_author_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["page_id"], ["page.id"], name=op.f("fk_page_revision_page_id_page")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_revision")),
    )
    with op.batch_alter_table("page_revision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_page_revision_page_id"), ["page_id"], unique=False)

    op.create_table(
        "person_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_address_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_address")),
    )
    with op.batch_alter_table("person_address", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_address_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "producer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("presentation", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("sort_key", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_producer_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_producer")),
        sa.UniqueConstraint("name", name=op.f("uq_producer_name")),
    )
    with op.batch_alter_table("producer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_producer_sort_key"), ["sort_key"], unique=False)

    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint(
            "person_id",
            "role",
            "scope",
            "scope_id",
            name=op.f("uq_role_grant_person_id_role_scope_scope_id"),
        ),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["basket_offer.id"], name=op.f("fk_alert_offer_id_basket_offer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index("ix_alert_due", ["done_at", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_alert_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("joker_min", sa.Integer(), nullable=False),
        sa.Column("joker_max", sa.Integer(), nullable=False),
        sa.Column("joker_is_free", sa.Boolean(), nullable=False),
        sa.Column("joker_delay_days", sa.Integer(), nullable=False),
        sa.Column("presentation", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sort_key", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producer.id"], name=op.f("fk_contract_producer_id_producer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("name", name=op.f("uq_contract_name")),
    )
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_producer_id"), ["producer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_sort_key"), ["sort_key"], unique=False)

    op.create_table(
        "offer_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.String(length=30), nullable=False),
        sa.Column("from_state", sa.String(length=10), nullable=False),
        sa.Column("to_state", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["person.id"], name=op.f("fk_offer_event_actor_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["basket_offer.id"], name=op.f("fk_offer_event_offer_id_basket_offer")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_offer_event_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_event")),
    )
    with op.batch_alter_table("offer_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_event_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "offer_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("is_designated", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["basket_offer.id"], name=op.f("fk_offer_request_offer_id_basket_offer")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_offer_request_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_request")),
    )
    with op.batch_alter_table("offer_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_request_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_request_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "one_accepted_request",
            ["offer_id"],
            unique=True,
            sqlite_where=sa.text("state = 'accepted'"),
            postgresql_where=sa.text("state = 'accepted'"),
        )
        batch_op.create_index(
            "one_live_request",
            ["offer_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('pending', 'accepted')"),
            postgresql_where=sa.text("state IN ('pending', 'accepted')"),
        )

    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("packaging", sa.String(length=120), nullable=False),
        sa.Column("billing", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producer.id"], name=op.f("fk_product_producer_id_producer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("producer_id", "name", name=op.f("uq_product_producer_id_name")),
    )
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_product_producer_id"), ["producer_id"], unique=False)

    op.create_table(
        "contract_date",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_date_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_date")),
        sa.UniqueConstraint("contract_id", "date", name=op.f("uq_contract_date_contract_id_date")),
    )
    with op.batch_alter_table("contract_date", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_date_date"), ["date"], unique=False)

    op.create_table(
        "contract_place",
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_place_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_contract_place_place_id_place")
        ),
        sa.PrimaryKeyConstraint("contract_id", "place_id", name=op.f("pk_contract_place")),
    )
    op.create_table(
        "contract_product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_product_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_contract_product_product_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_product")),
        sa.UniqueConstraint(
            "contract_id", "product_id", name=op.f("uq_contract_product_contract_id_product_id")
        ),
    )
    with op.batch_alter_table("contract_product", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contract_product_contract_id"), ["contract_id"], unique=False
        )

    op.create_table(
        "bar",
        sa.Column("contract_date_id", sa.Integer(), nullable=False),
        sa.Column("contract_product_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_date_id"],
            ["contract_date.id"],
            name=op.f("fk_bar_contract_date_id_contract_date"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_product_id"],
            ["contract_product.id"],
            name=op.f("fk_bar_contract_product_id_contract_product"),
        ),
        sa.PrimaryKeyConstraint("contract_date_id", "contract_product_id", name=op.f("pk_bar")),
    )
    op.create_table(
        "contract_price",
        sa.Column("contract_product_id", sa.Integer(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_contract_price_positive")),
        sa.ForeignKeyConstraint(
            ["contract_product_id"],
            ["contract_product.id"],
            name=op.f("fk_contract_price_contract_product_id_contract_product"),
        ),
        sa.PrimaryKeyConstraint("contract_product_id", "from_date", name=op.f("pk_contract_price")),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "place_id"],
            ["contract_place.contract_id", "contract_place.place_id"],
            name=op.f("fk_subscription_contract_id_contract_place"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_subscription_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_subscription_household_id_household")
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_subscription_place_id_place")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_id"], ["person.id"], name=op.f("fk_subscription_signed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint(
            "household_id", "contract_id", name=op.f("uq_subscription_household_id_contract_id")
        ),
    )
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_subscription_contract_id"), ["contract_id"], unique=False
        )

    op.create_table(
        "joker",
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("contract_date_id", sa.Integer(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_date_id"],
            ["contract_date.id"],
            name=op.f("fk_joker_contract_date_id_contract_date"),
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["person.id"], name=op.f("fk_joker_set_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_joker_subscription_id_subscription"),
        ),
        sa.PrimaryKeyConstraint("subscription_id", "contract_date_id", name=op.f("pk_joker")),
    )
    op.create_table(
        "offer_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("contract_date_id", sa.Integer(), nullable=False),
        sa.Column("contract_product_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("contract_label", sa.String(length=120), nullable=False),
        sa.Column("product_label", sa.String(length=120), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_offer_item_positive")),
        sa.ForeignKeyConstraint(
            ["contract_date_id"],
            ["contract_date.id"],
            name=op.f("fk_offer_item_contract_date_id_contract_date"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_offer_item_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["contract_product_id"],
            ["contract_product.id"],
            name=op.f("fk_offer_item_contract_product_id_contract_product"),
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["basket_offer.id"], name=op.f("fk_offer_item_offer_id_basket_offer")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_offer_item_subscription_id_subscription"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_item")),
        sa.UniqueConstraint(
            "offer_id",
            "subscription_id",
            "contract_date_id",
            "contract_product_id",
            name=op.f(
                "uq_offer_item_offer_id_subscription_id_contract_date_id_contract_product_id"
            ),
        ),
    )
    with op.batch_alter_table("offer_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_offer_item_line", ["subscription_id", "contract_date_id"], unique=False
        )

    op.create_table(
        "subscription_line",
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("contract_date_id", sa.Integer(), nullable=False),
        sa.Column("contract_product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_subscription_line_positive")),
        sa.ForeignKeyConstraint(
            ["contract_date_id"],
            ["contract_date.id"],
            name=op.f("fk_subscription_line_contract_date_id_contract_date"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_product_id"],
            ["contract_product.id"],
            name=op.f("fk_subscription_line_contract_product_id_contract_product"),
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_subscription_line_subscription_id_subscription"),
        ),
        sa.PrimaryKeyConstraint(
            "subscription_id",
            "contract_date_id",
            "contract_product_id",
            name=op.f("pk_subscription_line"),
        ),
    )
    with op.batch_alter_table("subscription_line", schema=None) as batch_op:
        batch_op.create_index("ix_subscription_line_date", ["contract_date_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("subscription_line", schema=None) as batch_op:
        batch_op.drop_index("ix_subscription_line_date")

    op.drop_table("subscription_line")
    with op.batch_alter_table("offer_item", schema=None) as batch_op:
        batch_op.drop_index("ix_offer_item_line")

    op.drop_table("offer_item")
    op.drop_table("joker")
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscription_contract_id"))

    op.drop_table("subscription")
    op.drop_table("contract_price")
    op.drop_table("bar")
    with op.batch_alter_table("contract_product", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_product_contract_id"))

    op.drop_table("contract_product")
    op.drop_table("contract_place")
    with op.batch_alter_table("contract_date", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_date_date"))

    op.drop_table("contract_date")
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_product_producer_id"))

    op.drop_table("product")
    with op.batch_alter_table("offer_request", schema=None) as batch_op:
        batch_op.drop_index(
            "one_live_request",
            sqlite_where=sa.text("state IN ('pending', 'accepted')"),
            postgresql_where=sa.text("state IN ('pending', 'accepted')"),
        )
        batch_op.drop_index(
            "one_accepted_request",
            sqlite_where=sa.text("state = 'accepted'"),
            postgresql_where=sa.text("state = 'accepted'"),
        )
        batch_op.drop_index(batch_op.f("ix_offer_request_person_id"))
        batch_op.drop_index(batch_op.f("ix_offer_request_offer_id"))

    op.drop_table("offer_request")
    with op.batch_alter_table("offer_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_event_offer_id"))

    op.drop_table("offer_event")
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_sort_key"))
        batch_op.drop_index(batch_op.f("ix_contract_producer_id"))

    op.drop_table("contract")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_offer_id"))
        batch_op.drop_index("ix_alert_due")

    op.drop_table("alert")
    op.drop_table("role_grant")
    with op.batch_alter_table("producer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_producer_sort_key"))

    op.drop_table("producer")
    with op.batch_alter_table("person_address", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_address_person_id"))

    op.drop_table("person_address")
    with op.batch_alter_table("page_revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_page_revision_page_id"))

    op.drop_table("page_revision")
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_mail_person_id"))
        batch_op.drop_index("ix_outbox_mail_due")

    op.drop_table("outbox_mail")
    with op.batch_alter_table("intermittent_enrolment", schema=None) as batch_op:
        batch_op.drop_index(
            "one_live_enrolment",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_intermittent_enrolment_person_id"))

    op.drop_table("intermittent_enrolment")
    with op.batch_alter_table("household_stay", schema=None) as batch_op:
        batch_op.drop_index(
            "one_current_stay",
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_household_stay_household_id"))

    op.drop_table("household_stay")
    with op.batch_alter_table("basket_offer", schema=None) as batch_op:
        batch_op.drop_index("ix_basket_offer_state_delivery")
        batch_op.drop_index("ix_basket_offer_household_delivery")
        batch_op.drop_index(batch_op.f("ix_basket_offer_delivery_id"))

    op.drop_table("basket_offer")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_sort_key"))
        batch_op.drop_index(batch_op.f("ix_person_household_id"))

    op.drop_table("person")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_starts_at"))
        batch_op.drop_index(batch_op.f("ix_delivery_place_id"))
        batch_op.drop_index(batch_op.f("ix_delivery_date"))

    op.drop_table("delivery")
    op.drop_table("throttle")
    op.drop_table("site_version")
    op.drop_table("setting")
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_place_sort_key"))

    op.drop_table("place")
    op.drop_table("page")
    op.drop_table("household")
