"""Images that come along: which are here already, which are new, under which address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.media import rules
from amapress_py.media.models import Media
from amapress_py.transfer.parcel import DIGEST, Image, Parcel

SIZE = re.compile(r"-\d{1,5}x\d{1,5}$")
EDITED = re.compile(r"-(?:scaled|rotated|e\d{10,})$")
UPLOADS = "wp-content/uploads/"


@dataclass(frozen=True)
class NewImage:
    """An image that an import keeps under a key."""

    image: Image
    key: str
    digest: str


@dataclass
class Pictures:
    """The images of a parcel; `findings` say what is known of them, `pending` what is not yet."""

    parcel: Parcel
    findings: Mapping[str, str]
    keys: frozenset[str]  # of the images here
    by_digest: Mapping[str, tuple[str, str]]  # digest: key and name
    pending: dict[str, Image] = field(default_factory=dict)
    new: dict[str, NewImage] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, parcel: Parcel, findings: Mapping[str, str]) -> "Pictures":
        """Read which images are here."""
        rows = session.execute(select(Media.key, Media.name, Media.digest)).all()
        by_digest = {row.digest: (row.key, row.name) for row in reversed(rows)}
        return cls(parcel, findings, frozenset(row.key for row in rows), by_digest)

    def mapped(self, body: str) -> tuple[str, list[str]]:
        """Return a text of our own pages with the addresses of this site, and what is missing."""
        lost = []
        for key in sorted(rules.keys_in(body)):
            image = next((one for one in self.parcel.images if one.key == key), None)
            if key in self.keys:
                continue
            if image is None:
                lost.append(key)
                continue
            found = self._address(image, key)
            if found is None:
                lost.append(image.file_name)
            elif found[0] != key:
                body = body.replace(f"/media/{key}/", f"/media/{found[0]}/")
        return body, lost

    def of_upload(self, path: str, alt: str) -> str | None:
        """Return the address of an image of the old site ("wp-content/uploads/2020/01/a.jpg")."""
        if UPLOADS not in path:
            return None
        name = self._file(path.partition(UPLOADS)[2])
        if name is None:
            return None
        last = PurePosixPath(name).name
        found = self._address(Image(name, "", last, alt), "")
        return None if found is None else rules.address(*found)

    def _file(self, wanted: str) -> str | None:
        """Return the file of an image, rather as it was uploaded than one of its small copies."""
        path = PurePosixPath(wanted)
        whole = SIZE.sub("", path.stem)
        stems = dict.fromkeys((EDITED.sub("", whole), whole, path.stem))
        for stem in stems:
            found = self._named(str(path.with_name(stem + path.suffix)).lower())
            if found is not None:
                return found
        return None

    def _named(self, wanted: str) -> str | None:
        names = self.parcel.upload_names
        return names.get(wanted)

    def _address(self, image: Image, key: str) -> tuple[str, str] | None:
        """Return (key, name) on this site; an image nobody has read yet is taken for a good one."""
        finding = self.findings.get(image.name)
        if finding is None:
            self.pending[image.name] = image
            return key or "0" * 32, image.file_name
        if not finding.startswith(DIGEST):
            self.refused[image.name] = finding
            return None
        digest, _space, kind = finding.removeprefix(DIGEST).partition(" ")
        if digest in self.by_digest:
            return self.by_digest[digest]
        new = self.new.setdefault(digest, NewImage(image, key or digest[:32], digest))
        return new.key, rules.file_name(image.file_name, kind)
