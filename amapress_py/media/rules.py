"""What an uploaded image may be, what it is called, and in which words it is refused."""

import re
from pathlib import PurePosixPath

from amapress_py.cms.rules import slug
from amapress_py.errors import DomainError
from amapress_py.i18n import _l

MOST_BYTES = 15_000_000  # of an upload
MOST_REQUEST_BYTES = 16_000_000  # the upload with the rest of its form
MOST_PIXELS = 50_000_000  # of a photo (JPEG), which is read in a smaller size
MOST_PIXELS_DRAWN = 25_000_000  # of the others, of which every pixel is held in memory
LONGEST_SIDE = 30_000  # pixels, as uploaded
MOST_ALT = 300  # signs, as the column
LONGEST_NAME = 80  # signs, without the ending
LONGEST_TYPED_NAME = 500

PAGE = "page"
VIGNETTE = "vignette"
SIDES = {PAGE: 1600, VIGNETTE: 400}  # pixels at most, as served
ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}
ACCEPTED = "image/jpeg,image/png,image/webp,image/gif"

KEY = re.compile(r"/media/([0-9a-f]{32})/")


class BadImage(DomainError):
    """What was sent can't be shown as an image."""

    status = 422


class NoFile(BadImage):
    """Nothing was chosen, or the file is empty."""

    message = _l("Choisissez une image : ce qui est arrivé est vide.")


class SeveralFiles(BadImage):
    """Each image has an alternative text of its own."""

    message = _l("Envoyez une image à la fois : chacune a son propre texte alternatif.")


class NotAnImage(BadImage):
    """The content is none of the formats that are read, whatever the name says."""

    message = _l(
        "Ce fichier n’est pas une image que le site accepte."
        " Il accepte les images JPEG, PNG, WebP et GIF."
    )


class PhoneFormat(BadImage):
    """HEIC and its like: an image that browsers don't show."""

    message = _l(
        "Cette photo est au format HEIC ou AVIF, que tous les navigateurs ne savent pas montrer."
        " Enregistrez-la d’abord en JPEG, puis envoyez-la : le site accepte les images JPEG,"
        " PNG, WebP et GIF."
    )


class Damaged(BadImage):
    """It begins like an image and can't be read to its end."""

    message = _l(
        "Cette image est abîmée ou incomplète. Ouvrez-la sur votre appareil, enregistrez-la"
        " de nouveau en JPEG ou en PNG, puis renvoyez-la."
    )


class TooManyPixels(BadImage):
    """Decoding it would take too much memory."""

    message = _l(
        "Cette image est trop grande : 50 millions de pixels au plus (par exemple 8 600 × 5 800)."
        " Réduisez-la, puis renvoyez-la."
    )


class TooHeavy(BadImage):
    """Too many bytes."""

    status = 413
    message = _l(
        "Cet envoi est trop gros : une image pèse 15 Mo au plus. Rien n’a été changé."
        " Réduisez-la, puis renvoyez-la."
    )


def file_name(typed: str, kind: str) -> str:
    """Return "marche-de-noel.jpg" of "C:/Photos/Marché de Noël.JPEG"; "image.jpg" of nonsense."""
    last = typed[-LONGEST_TYPED_NAME:].replace("\\", "/").rstrip("/").rpartition("/")[2]
    stem = slug(PurePosixPath(last).stem)[:LONGEST_NAME].strip("-")
    return f"{stem or 'image'}.{ENDINGS[kind]}"


def address(key: str, name: str, variant: str = PAGE) -> str:
    """Return the path at which an image is served."""
    return f"/media/{key}/{name}" if variant == PAGE else f"/media/{key}/{variant}/{name}"


def keys_in(body: str) -> frozenset[str]:
    """Return the keys of the images that a page's text names."""
    return frozenset(KEY.findall(body))
