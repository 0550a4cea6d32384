"""Uploads to images that the site serves: read to the last pixel and written anew.

Nothing of what came but the pixels is left: no place where a photo was taken, no foreign bytes.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, UnidentifiedImageError

from amapress_py.media.rules import (
    LONGEST_SIDE,
    MOST_BYTES,
    MOST_PIXELS,
    MOST_PIXELS_DRAWN,
    PAGE,
    SIDES,
    VIGNETTE,
    Damaged,
    NoFile,
    NotAnImage,
    PhoneFormat,
    TooHeavy,
    TooManyPixels,
)

READ = ("JPEG", "PNG", "WEBP", "GIF")
PHOTOS = {"JPEG", "MPO"}  # the latter: a JPEG with further ones behind, as some cameras make
JPEG, PNG = "image/jpeg", "image/png"
QUALITY = 85
HEAVY_PNG = 500_000  # bytes from which 256 colours must do
LARGEST_PROFILE = 4_000_000  # bytes
ORIENTATION = 0x0112  # EXIF
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
PHONES = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")


@dataclass(frozen=True)
class Picture:
    """An image as it is served, in both sizes."""

    kind: str
    width: int  # pixels, in a page
    height: int
    contents: dict[str, bytes]  # by variant

    @cached_property
    def digest(self) -> str:
        """Return by what the same image is known again."""
        return hashlib.sha256(self.contents[PAGE]).hexdigest()


def written_anew(data: bytes) -> Picture:
    """Return an upload as the site serves it: upright, sRGB, at most 1600 pixels a side.

    Raise NoFile, TooHeavy, NotAnImage, PhoneFormat, TooManyPixels or Damaged.
    """
    if not data:
        raise NoFile
    if len(data) > MOST_BYTES:
        raise TooHeavy
    with _opened(data) as image:
        most = MOST_PIXELS if image.format in PHOTOS else MOST_PIXELS_DRAWN
        if image.width * image.height > most or max(image.size) > LONGEST_SIDE:
            raise TooManyPixels
        try:
            return _encoded(_drawn(image))
        except Exception as error:  # each format fails in its own way over broken bytes
            raise Damaged from error


def _opened(data: bytes) -> Image.Image:
    """Read an image's header; what the content is decides, not its name."""
    try:
        return Image.open(BytesIO(data), formats=READ)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels from error
    except UnidentifiedImageError as error:
        is_of_a_phone = data[4:8] == b"ftyp" and data[8:12] in PHONES
        raise (PhoneFormat if is_of_a_phone else NotAnImage) from error
    except Exception as error:  # a header that its own format's reader stumbles over
        raise Damaged from error


def _drawn(image: Image.Image) -> Image.Image:
    """Return the pixels alone, in the size of a page: L, RGB or RGBA."""
    image.draft(None, (2 * SIDES[PAGE], 2 * SIDES[PAGE]))  # of a JPEG no more is read than needed
    image.load()
    turn = TURNS.get(_orientation(image))
    drawn = _plain(image)
    drawn.thumbnail((SIDES[PAGE], SIDES[PAGE]), Image.Resampling.LANCZOS, reducing_gap=2.0)
    drawn = _in_srgb(drawn, image.info.get("icc_profile"))
    if turn is not None:
        drawn = drawn.transpose(turn)
    if drawn.mode == "RGBA" and drawn.getchannel("A").getextrema() == (255, 255):
        drawn = drawn.convert("RGB")
    drawn.info = {}  # comments and profiles would be written again
    return drawn


def _orientation(image: Image.Image) -> Any:
    try:
        return image.getexif().get(ORIENTATION)
    except Exception:  # nonsense for metadata: the pixels may be good all the same
        return None


def _plain(image: Image.Image) -> Image.Image:
    """Return L, RGB, RGBA or CMYK."""
    if image.mode.startswith("I"):  # 16 bits a pixel
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"RGBA", "CMYK"} or (
        image.mode in {"L", "RGB"} and not image.has_transparency_data
    ):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _in_srgb(image: Image.Image, profile: Any) -> Image.Image:
    """Return the colours that every screen expects; a profile that can't be read is ignored."""
    plain = image.mode if image.mode in {"L", "RGBA"} else "RGB"
    if isinstance(profile, bytes) and len(profile) <= LARGEST_PROFILE and image.mode != "L":
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            found = ImageCms.profileToProfile(image, source, target, outputMode=plain)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            found = None
        if found is not None:
            return found
    return image if image.mode == plain else image.convert(plain)


def _encoded(image: Image.Image) -> Picture:
    small = image.copy()
    small.thumbnail((SIDES[VIGNETTE], SIDES[VIGNETTE]), Image.Resampling.LANCZOS)
    kind, write = (PNG, _png) if image.mode == "RGBA" else (JPEG, _jpeg)
    contents = {PAGE: write(image), VIGNETTE: write(small)}
    return Picture(kind, image.width, image.height, contents)


def _jpeg(image: Image.Image) -> bytes:
    """Encode; without subsampling the letters of a poster stay sharp."""
    file = BytesIO()
    image.save(file, "JPEG", quality=QUALITY, progressive=True, optimize=True, subsampling=0)
    return file.getvalue()


def _png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    if file.tell() <= HEAVY_PNG:
        return file.getvalue()
    reduced = BytesIO()
    image.quantize(256, method=Image.Quantize.FASTOCTREE).save(reduced, "PNG")
    return min(file.getvalue(), reduced.getvalue(), key=len)
