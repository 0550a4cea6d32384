"""site editing media and beats"""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0547"
down_revision = "20261122_0300"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "beat",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_beat")),
    )
    op.create_table(
        "redirect",
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_redirect_page_id_page")),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_redirect")),
    )
    with op.batch_alter_table("redirect", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_redirect_page_id"), ["page_id"], unique=False)

    op.create_table(
        "media",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("alt", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_media_author_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("key", name=op.f("uq_media_key")),
    )
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_digest"), ["digest"], unique=False)

    op.create_table(
        "page_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_changed", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_page_draft_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_draft")),
        sa.UniqueConstraint("page_id", "person_id", name=op.f("uq_page_draft_page_id_person_id")),
    )
    with op.batch_alter_table("page_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_page_draft_page_id"), ["page_id"], unique=False)

    op.create_table(
        "media_content",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.Column("variant", sa.String(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"],
            ["media.id"],
            name=op.f("fk_media_content_media_id_media"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_content")),
        sa.UniqueConstraint("media_id", "variant", name=op.f("uq_media_content_media_id_variant")),
    )
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.add_column(sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("trashed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_page_path"), type_="unique")
        batch_op.create_index(
            "one_page_per_path",
            ["path"],
            unique=True,
            sqlite_where=sa.text("trashed_at IS NULL"),
            postgresql_where=sa.text("trashed_at IS NULL"),
        )


def downgrade() -> None:
    # Below, nothing is scheduled and there is no trash: drafts, at addresses of their own.
    op.execute(
        "UPDATE page SET path = 'corbeille-' || id, state = 'draft' WHERE trashed_at IS NOT NULL"
    )
    op.execute("UPDATE page SET state = 'draft' WHERE state = 'scheduled'")
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.drop_index(
            "one_page_per_path",
            sqlite_where=sa.text("trashed_at IS NULL"),
            postgresql_where=sa.text("trashed_at IS NULL"),
        )
        batch_op.create_unique_constraint(batch_op.f("uq_page_path"), ["path"])
        batch_op.drop_column("trashed_at")
        batch_op.drop_column("publish_at")

    op.drop_table("media_content")
    with op.batch_alter_table("page_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_page_draft_page_id"))

    op.drop_table("page_draft")
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_digest"))

    op.drop_table("media")
    with op.batch_alter_table("redirect", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_redirect_page_id"))

    op.drop_table("redirect")
    op.drop_table("beat")
