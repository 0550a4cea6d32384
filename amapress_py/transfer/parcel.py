"""What somebody sent, opened with care: page files, images, or an export of WordPress."""

import io
import json
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from amapress_py import web
from amapress_py.cms.clean import MOST_BYTES as MOST_BODY
from amapress_py.cms.files import ENDING, BadFile, PageFile
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l
from amapress_py.media import rules as media_rules
from amapress_py.media.pictures import written_anew
from amapress_py.transfer import wxr
from amapress_py.transfer.export import IMAGE_LIST, IMAGES, PAGES
from amapress_py.transfer.wxr import Export

MOST_UPLOAD = 20_000_000  # bytes of all that is sent at once
MOST_ENTRIES = 5_000
MOST_UNPACKED = 200_000_000  # bytes
MOST_PAGES = 1_000
MOST_PAGE_FILE = MOST_BODY + 50_000  # bytes: the text and its front matter
LONGEST_NAME = 200
IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db")
DIGEST = "sha256:"


class BadParcel(DomainError):
    """The file can't be read at all."""

    status = 422


class TooBig(BadParcel):
    """More than is taken at once."""

    status = 413
    message = _l(
        "Cet envoi est trop gros : 20 Mo au plus. Rien n’a été changé. Avec beaucoup d’images,"
        " importez d’abord les pages sans elles, ou demandez à la personne qui installe le site"
        " d’utiliser la commande « amapress import pages »."
    )


@dataclass(frozen=True)
class Refused:
    """A file that is no page, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Image:
    """An image that came along; `key` is what it was known by where it comes from."""

    name: str  # in its archive
    key: str
    file_name: str
    alt: str


class Files(Protocol):
    """A folder or a ZIP."""

    def names(self) -> Iterator[str]:
        """Yield the files' names."""

    def read(self, name: str, most: int) -> bytes:
        """Return a file's bytes; raise BadParcel beyond `most`."""


class ZipFiles:
    """The files of a ZIP that nobody vouches for: nothing is ever unpacked onto the disk."""

    def __init__(self, content: bytes) -> None:
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError) as error:
            raise BadParcel(_("Ce fichier ZIP est abîmé ou incomplet.")) from error
        self.left = MOST_UNPACKED
        entries = self.archive.infolist()
        if any(entry.header_offset < 0 for entry in entries):  # a piece of the middle is missing
            raise BadParcel(_("Ce fichier ZIP est abîmé ou incomplet."))
        if len(entries) > MOST_ENTRIES:
            raise BadParcel(
                _("Ce fichier ZIP contient trop de fichiers : %(most)s au plus.", most=MOST_ENTRIES)
            )
        self.entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            if not entry.is_dir() and not _is_ignored(entry.filename):
                _check_entry(entry)
                self.entries[entry.filename] = entry

    def names(self) -> Iterator[str]:
        """Yield the files' names, checked."""
        yield from self.entries

    def read(self, name: str, most: int) -> bytes:
        """Return a file's bytes, counted as they come: what the ZIP says of them may be a lie."""
        try:
            with self.archive.open(self.entries[name]) as file:
                found = file.read(min(most, self.left) + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            RuntimeError,
            NotImplementedError,
            OSError,
            ValueError,
            OverflowError,
        ) as error:
            raise BadParcel(
                _("Dans le ZIP, le fichier « %(name)s » est abîmé.", name=name)
            ) from error
        if len(found) > self.left:
            raise BadParcel(_("Ce fichier ZIP est trop gros une fois ouvert."))
        self.left -= len(found)
        if len(found) > most:
            raise BadParcel(
                _(
                    "« %(name)s » est trop gros : plus de %(most)s ko.",
                    name=name,
                    most=most // 1000,
                )
            )
        return found


class FolderFiles:
    """The files below a folder of this machine; links that lead out of it are none of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def names(self) -> Iterator[str]:
        """Yield the files' names."""
        for file in sorted(self.folder.rglob("*")):
            if file.is_file() and file.resolve().is_relative_to(self.folder):
                yield file.relative_to(self.folder).as_posix()

    def read(self, name: str, most: int) -> bytes:
        """Return a file's bytes."""
        with (self.folder / name).open("rb") as file:
            found = file.read(most + 1)
        if len(found) > most:
            raise BadParcel(_("« %(name)s » est trop gros.", name=name))
        return found


@dataclass
class Parcel:
    """Either page files or an export of WordPress, with images; `notes` are for the report."""

    pages: list[PageFile] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    wordpress: Export | None = None
    files: Files | None = None  # that hold the images
    notes: list[str] = field(default_factory=list)

    @cached_property
    def upload_names(self) -> dict[str, str]:
        """Return the old site's files by what follows wp-content/uploads/, in lower case."""
        if self.files is None:
            return {}
        return {_inside_uploads(name): name for name in self.files.names()}

    def findings(self, wanted: Mapping[str, Image]) -> dict[str, str]:
        """Read each image once: what it is known by again, or why it can't be taken."""
        return {name: self._finding(image) for name, image in wanted.items()}

    def _finding(self, image: Image) -> str:
        try:
            picture = written_anew(self.image_bytes(image))
        except DomainError as refusal:
            return str(refusal)
        return f"{DIGEST}{picture.digest} {picture.kind}"

    def image_bytes(self, image: Image) -> bytes:
        """Return an image as it came."""
        assert self.files is not None  # noqa: S101  images come from there
        return self.files.read(image.name, media_rules.MOST_BYTES)


def opened(name: str, content: bytes, images: Files | None = None) -> Parcel:
    """Open what was sent, whatever its name says; raise BadParcel or a refusal of wxr."""
    if not content:
        raise BadParcel(_("Choisissez un fichier : ce qui est arrivé est vide."))
    if content.startswith(b"PK"):
        return _of_zip(ZipFiles(content))
    start = content[:1000].lstrip(b"\xef\xbb\xbf").lstrip()
    if name.lower().endswith((".xml", ".wxr")) or start.startswith((b"<?xml", b"<rss")):
        if len(content) > MOST_UPLOAD:
            raise TooBig
        return Parcel(wordpress=wxr.read(content), files=images)
    if name.lower().endswith((ENDING, ".htm")):
        parcel = Parcel()
        _take_page(parcel, PurePosixPath(name.replace("\\", "/")).name, content)
        return parcel
    raise BadParcel(
        _(
            "Ce fichier n’est ni un ZIP de pages, ni une page .html, ni un export de WordPress"
            " (.xml)."
        )
    )


def _of_zip(files: ZipFiles) -> Parcel:
    parcel = Parcel(files=files)
    names = list(files.names())
    inside = [name for name in names if f"/{PAGES}" in f"/{name}"]
    found = [name for name in (inside or names) if name.lower().endswith(ENDING)]
    if not found:
        raise BadParcel(_("Ce ZIP ne contient aucune page (fichiers .html)."))
    if len(found) > MOST_PAGES:
        raise BadParcel(_("Ce ZIP contient trop de pages : %(most)s au plus.", most=MOST_PAGES))
    for name in found:
        short = f"/{name}".partition(f"/{PAGES}")[2] if inside else name
        try:
            content = files.read(name, MOST_PAGE_FILE)
        except BadParcel as refusal:
            parcel.refused.append(Refused(short, str(refusal)))
            continue
        _take_page(parcel, short, content)
    about = _image_list(files, names)
    for name in names:
        folder, _slash, last = name.rpartition("/")
        key, dash, rest = last.partition("-")
        if (
            f"/{folder}/".endswith(f"/{IMAGES}")
            and dash
            and media_rules.KEY.match(f"/media/{key}/")
        ):
            said = about.get(last)
            alt = said.get("alt") if isinstance(said, dict) else ""
            image = Image(name, key, rest, web.clean_text(str(alt or ""), media_rules.MOST_ALT))
            parcel.images.append(image)
    return parcel


def _image_list(files: ZipFiles, names: list[str]) -> dict[str, Any]:
    for name in names:
        if name.rpartition("/")[2] == IMAGE_LIST:
            try:
                found = json.loads(files.read(name, 2_000_000))
            except (ValueError, RecursionError):
                return {}
            return found if isinstance(found, dict) else {}
    return {}


def _take_page(parcel: Parcel, name: str, content: bytes) -> None:
    try:
        text = content.decode("utf-8-sig")
        parcel.pages.append(PageFile.read(name, text))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        reason = _("le fichier n’est pas en UTF-8 (ligne %(line)s)", line=line)
        parcel.refused.append(Refused(name, reason))
    except BadFile as error:
        parcel.refused.append(Refused(name, str(error)))


def _inside_uploads(name: str) -> str:
    """Return "2020/01/a.jpg" of "site/wp-content/uploads/2020/01/A.jpg"."""
    return f"/{name.lower()}".rpartition("/uploads/")[2].removeprefix("/")


def _is_ignored(name: str) -> bool:
    return any(f"/{name}".find(f"/{one}") >= 0 for one in IGNORED)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    """Refuse names that lead out of the folder, links, and what is locked."""
    name = entry.orig_filename
    shown = web.clean_text(name, LONGEST_NAME)
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ":" in parts[0] or ".." in parts or not name.isprintable():
        raise BadParcel(
            _("Ce ZIP est refusé : le nom « %(name)s » mène hors du dossier.", name=shown)
        )
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise BadParcel(_("Ce ZIP est refusé : « %(name)s » est un lien.", name=shown))
    if entry.flag_bits & 0x1:
        raise BadParcel(_("Ce ZIP est protégé par un mot de passe : il ne peut pas être lu."))
