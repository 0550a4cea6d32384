"""Files that were sent, between the report of what they would change and the import."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from amapress_py import clock
from amapress_py.db import Base


class Upload(Base):
    """A file whose report somebody reads; forgotten once imported, or after a day."""

    __tablename__ = "upload"

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    images: Mapped[bytes] = mapped_column(LargeBinary)  # a ZIP of the old site's, or nothing
    findings: Mapped[dict[str, str]] = mapped_column(JSON)  # by image: its digest, or why not
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
