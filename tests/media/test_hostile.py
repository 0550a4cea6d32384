"""Hostile uploads and requests: never an error of ours, never served as they came.

Each upload is refused with a French sentence, or what is served is an image written anew in which
nothing of the foreign part is left.
"""

import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image, PngImagePlugin
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from amapress_py.media.models import Media
from amapress_py.media.rules import VIGNETTE, address
from tests.media.conftest import JSON, SCREEN, Uploader, drawn, encoded

Count = Callable[[], int]
Store = Callable[..., Media]

SCRIPT = b"<script>alert(document.cookie)</script>"
PHP = b"<?php system($_GET['c']); ?>"
PAGE = b"<!doctype html><html><body onload=alert(1)>" + SCRIPT + b"</body></html>"
SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"'
    b' onload="alert(1)">' + SCRIPT + b'<image href="https://evil.example/x"/></svg>'
)
JS = b"/*" + b"\0" * 20 + b"*/=1;alert(1);//"
PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF"
FOREIGN = (
    *(b"script", b"alert(", b"<?php", b"system(", b"<svg", b"<html", b"PK\x03\x04", b"%PDF"),
    *(b"JavaScript", b"evil.example", b"Exif", b"GPS", b"ICC_PROFILE", b"http://ns.adobe.com"),
    *(b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP", b"GIF8", b"RIFF", b"NETSCAPE"),
)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, pixels: bytes, *more: bytes, depth: int = 8, colour: int = 2
) -> bytes:
    """Return a PNG made by hand; `pixels` are what the compressed part holds."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = (chunk(b"IHDR", header), *more, chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def zeros(width: int, height: int) -> bytes:
    """Return the compressed rows of a grey image of nothing, made without holding them."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(width + 1)) for _row in range(height))
    return rows + packer.flush()


def archive() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("evil.js", "alert(1)")
    return file.getvalue()


def text_in_png(kind: str, text: bytes) -> bytes:
    about = PngImagePlugin.PngInfo()
    if kind == "itxt":
        about.add_itxt("Comment", text.decode())
    else:
        about.add_text("Comment", text.decode(), zip=kind == "ztxt")
    return encoded(drawn(), "PNG", pnginfo=about)


def photo_of_a_place(kind: str) -> bytes:
    """Return a photo that says where it was taken, with a script for a description."""
    exif = Image.Exif()
    exif[0x010E] = SCRIPT.decode()  # ImageDescription
    exif[0x010F] = "evil.example"  # Make
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 24.0), 3: "E", 4: (2.0, 21.0, 7.0)})
    return encoded(drawn(), kind, exif=exif)


def jpeg_segment(marker: int, data: bytes) -> bytes:
    """Return a JPEG with a further segment right behind its beginning."""
    whole = encoded(drawn())
    return whole[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data + whole[2:]


def film(frames: int) -> bytes:
    pictures = [drawn(size=(20, 20), shade=shade % 250) for shade in range(frames)]
    return encoded(pictures[0], "GIF", save_all=True, append_images=pictures[1:], comment=SCRIPT)


def jpeg_of_size(width: int, height: int) -> bytes:
    """Return a JPEG whose header lies about its size."""
    data = bytearray(encoded(drawn()))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def gif_of_size(width: int, height: int) -> bytes:
    data = bytearray(encoded(drawn(), "GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def webp_of_size(width: int, height: int) -> bytes:
    """Return an extended WebP whose canvas is far larger than what it holds."""
    inner = encoded(drawn(), "WEBP")[12:]
    canvas = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas + inner
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg_with_profile(profile: bytes) -> bytes:
    return encoded(drawn(), icc_profile=profile)


JPEG, GIF, PNG, WEBP = (encoded(drawn(), kind) for kind in ("JPEG", "GIF", "PNG", "WEBP"))
WITH_ALPHA = encoded(drawn("RGBA"), "PNG")
HOLE = Image.new("RGBA", (40, 40), (9, 9, 9, 90))

REFUSED: dict[str, tuple[Any, str, str]] = {  # what, its name, the type that the sender claims
    "an SVG": (SVG, "logo.svg", "image/svg+xml"),
    "an SVG called PNG": (SVG, "logo.png", "image/png"),
    "a packed SVG": (zlib.compress(SVG, wbits=31), "logo.svgz", "image/svg+xml"),
    "an SVG behind a mark": (b"\xef\xbb\xbf" + SVG, "logo.jpg", "image/jpeg"),
    "a page called JPEG": (PAGE, "photo.jpg", "image/jpeg"),
    "a page in UTF-16": (PAGE.decode().encode("utf-16"), "photo.jpg", "image/jpeg"),
    "a page that begins like a GIF": (b"GIF89a" + PAGE, "photo.gif", "image/gif"),
    "a script that begins like a GIF": (b"GIF89a/*" + JS, "photo.gif", "image/gif"),
    "a script that begins like a JPEG": (b"\xff\xd8\xff\xe0" + JS, "photo.jpg", "image/jpeg"),
    "PHP that begins like a PNG": (b"\x89PNG\r\n\x1a\n" + PHP, "photo.png", "image/png"),
    "PHP": (PHP, "photo.php.jpg", "image/jpeg"),
    "a PDF": (PDF, "photo.jpg", "image/jpeg"),
    "an archive": (archive, "photo.jpg", "image/jpeg"),
    "a BMP": (lambda: encoded(drawn(), "BMP"), "photo.jpg", "image/jpeg"),
    "a TIFF": (lambda: encoded(drawn(), "TIFF"), "photo.jpg", "image/jpeg"),
    "an icon": (lambda: encoded(drawn(), "ICO"), "photo.jpg", "image/jpeg"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "photo.jpg", "image/jpeg"),
    "a pixmap": (b"P6 9 9 255 " + bytes(243), "photo.jpg", "image/jpeg"),
    "a photo of a telephone": (b"\0\0\0\x18ftypheic" + bytes(99), "photo.heic", "image/heic"),
    "a program": (b"MZ" + bytes(200), "photo.jpg", "image/jpeg"),
    "an address": (b"https://evil.example/x.jpg", "photo.jpg", "image/jpeg"),
    "an entity": (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><svg>&b;</svg>',
                  "photo.svg", "image/svg+xml"),
    "nothing": (b"", "photo.jpg", "image/jpeg"),
    "a single byte": (b"\xff", "photo.jpg", "image/jpeg"),
    "zeros": (bytes(5000), "photo.jpg", "image/jpeg"),
    "half a JPEG": (JPEG[: len(JPEG) // 2], "photo.jpg", "image/jpeg"),
    "half a PNG": (PNG[: len(PNG) // 2], "photo.png", "image/png"),
    "half a GIF": (GIF[: len(GIF) // 2], "photo.gif", "image/gif"),
    "half a WebP": (WEBP[: len(WEBP) // 2], "photo.webp", "image/webp"),
    "the head of a JPEG": (JPEG[:20], "photo.jpg", "image/jpeg"),
    "a PNG without pixels": (png(9, 9, b""), "photo.png", "image/png"),
    "a PNG with wrong pixels": (png(9, 9, b"x" * 99), "photo.png", "image/png"),
    "a PNG with a wrong sum": (PNG.replace(b"IDAT", b"IDAU"), "photo.png", "image/png"),
    "a PNG of no width": (png(0, 9, zlib.compress(b"")), "photo.png", "image/png"),
    "a PNG of colours that don't exist": (png(9, 9, b"", colour=5), "photo.png", "image/png"),
    "a PNG of endless text": (
        png(9, 9, b"", chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**7)))),
        "photo.png", "image/png"),
    "a header of 65 535 × 65 535": (lambda: png(65_535, 65_535, b""), "photo.png", "image/png"),
    "a header of 2³¹ × 2³¹": (lambda: png(2**31 - 1, 2**31 - 1, b""), "photo.png", "image/png"),
    "a header of 2³¹ × 1": (lambda: png(2**31 - 1, 1, b""), "photo.png", "image/png"),
    "a line of 40 000 pixels": (lambda: png(40_000, 1, zeros(40_000, 1), colour=0),
                                "photo.png", "image/png"),
    "26 million pixels of nothing": (lambda: png(5200, 5000, zeros(5200, 10), colour=0),
                                     "photo.png", "image/png"),
    "900 million pixels of nothing": (lambda: png(30_000, 30_000, zeros(30_000, 300), colour=0),
                                      "photo.png", "image/png"),
    "a JPEG of 65 535 × 65 535": (lambda: jpeg_of_size(65_535, 65_535), "a.jpg", "image/jpeg"),
    "a JPEG of 51 million pixels": (lambda: jpeg_of_size(7200, 7100), "a.jpg", "image/jpeg"),
    "a GIF of 65 535 × 65 535": (lambda: gif_of_size(65_535, 65_535), "a.gif", "image/gif"),
    "a WebP of 16 383 × 16 383": (lambda: webp_of_size(16_383, 16_383), "a.webp", "image/webp"),
    "15 MB and a byte": (lambda: JPEG + bytes(15_000_001 - len(JPEG)), "photo.jpg", "image/jpeg"),
    "16 MB and a byte": (lambda: JPEG + bytes(16_000_001), "photo.jpg", "image/jpeg"),
}  # fmt: skip

WRITTEN_ANEW: dict[str, tuple[Any, str, str]] = {
    "a JPEG with a page behind": (JPEG + PAGE, "photo.html", "text/html"),
    "a JPEG with PHP behind": (JPEG + PHP, "photo.php", "application/x-php"),
    "a JPEG with an archive behind": (lambda: JPEG + archive(), "photo.jar", "image/jpeg"),
    "a JPEG with a PDF behind": (JPEG + PDF, "photo.pdf", "application/pdf"),
    "a JPEG with a script in a comment": (jpeg_segment(0xFE, SCRIPT + PHP), "a.js", "text/html"),
    "a JPEG that is a script": (jpeg_segment(0xFE, b"*/=1;alert(1);/*"), "a.js", "text/javascript"),
    "a JPEG with a note of Adobe": (jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SVG),
                                    "a.svg", "image/svg+xml"),
    "a JPEG with 60 000 bytes of EXIF": (jpeg_segment(0xE1, b"Exif\0\0" + b"\xff" * 60_000),
                                         "a.jpg", "image/jpeg"),
    "a JPEG with broken EXIF": (jpeg_segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + SCRIPT),
                                "a.jpg", "image/jpeg"),
    "a JPEG of a place": (photo_of_a_place("JPEG"), "a.jpg", "image/jpeg"),
    "a PNG of a place": (photo_of_a_place("PNG"), "a.png", "image/png"),
    "a WebP of a place": (photo_of_a_place("WEBP"), "a.webp", "image/webp"),
    "a JPEG with a false profile": (jpeg_with_profile(SCRIPT * 20), "a.jpg", "image/jpeg"),
    "a JPEG with a huge profile": (jpeg_with_profile(b"\0" * 200_000), "a.jpg", "image/jpeg"),
    "a GIF with an archive behind": (lambda: GIF + archive(), "gifar.gif", "image/gif"),
    "a GIF with a page behind": (GIF + PAGE, "a.html", "text/html"),
    "a GIF with a script in a comment": (encoded(drawn(), "GIF", comment=SCRIPT), "a.gif", "a/b"),
    "a PNG with a script behind": (PNG + SCRIPT, "a.png", "image/png"),
    "a PNG with PHP in its text": (text_in_png("text", PHP), "a.php.png", "image/png"),
    "a PNG with a page in packed text": (text_in_png("ztxt", PAGE), "a.png", "image/png"),
    "a PNG with a page in its words": (text_in_png("itxt", PAGE), "a.png", "image/png"),
    "a PNG with holes and PHP behind": (encoded(HOLE, "PNG") + PHP, "a.png", "image/png"),
    "a PNG with holes and a profile": (encoded(HOLE, "PNG", icc_profile=SCRIPT), "a.png", "a/b"),
    "a PNG with an unknown part": (
        PNG[:33] + chunk(b"teSt", SCRIPT) + PNG[33:], "a.png", "image/png"),
    "a PNG that says it is a film": (
        PNG[:33] + chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)) + PNG[33:], "a.png", "a/b"),
    "a WebP with a page behind": (WEBP + PAGE, "a.webp", "text/html"),
    "a film of 500 pictures": (lambda: film(500), "film.gif", "image/gif"),
    "a film in WebP": (lambda: encoded(drawn(), "WEBP", save_all=True,
                                       append_images=[drawn(shade=9)] * 5), "a.webp", "a/b"),
    "a JPEG that has fewer pixels than it says": (
        lambda: jpeg_of_size(2000, 2000), "a.jpg", "image/jpeg"),
    "several JPEGs in one": (
        lambda: encoded(drawn(), "MPO", save_all=True, append_images=[drawn(shade=9)]) + PHP,
        "a.mpo", "image/mpo"),
    "a JPEG for printers": (encoded(drawn("CMYK")) + PHP, "a.jpg", "image/jpeg"),
    "a JPEG of greys": (encoded(drawn("L")) + PHP, "a.jpg", "image/jpeg"),
    "a PNG of 16 bits": (encoded(Image.new("I;16", (30, 30), 5000), "PNG") + PHP, "a.png", "a/b"),
    "a palette with a hole": (encoded(drawn("P"), "PNG", transparency=b"\0\x80") + PHP,
                              "a.png", "a/b"),
    "alpha without a hole": (WITH_ALPHA + PHP, "a.png", "image/png"),
    "a single pixel": (encoded(Image.new("RGB", (1, 1)), "PNG"), "a.png", "image/png"),
    "no type": (JPEG, "a.jpg", ""),
    "a wrong type": (JPEG, "a.jpg", "application/x-sh"),
    "a type of two lines": (JPEG, "a.jpg", "text/html; charset=utf-7"),
}  # fmt: skip

SENTENCES = ("JPEG, PNG, WebP et GIF", "abîmée", "trop grande", "trop gros", "est vide")
NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\win.ini": "windowswin",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd": "2e-2e-2f-2e-2e-2fetc-2fpasswd",
    "/etc/passwd": "passwd",
    "C:\\autoexec.bat": "c-autoexec",
    "\\\\server\\share\\a.jpg": "serversharea",
    "photo.jpg\0.html": "photo-jpg",
    "photo\u202egpj.exe": "photo-gpj",
    "photo.php.jpg": "photo-php",
    "photo.jpg.html": "photo-jpg",
    ".htaccess": "htaccess",
    "..": "image",
    "...": "image",
    "con.jpg": "con",
    "🥕👩\u200d🌾.jpg": "image",
    "ÉTÉ à l’AMAP.JPG": "ete-a-l-amap",
    "l" * 300 + ".jpg": "l" * 80,
    "<img src=x onerror=alert(1)>.jpg": "img-src-x-onerror-alert-1",
    "{{ 7*7 }}[display-if role=x].jpg": "7-7-display-if-role-x",
    "%s%n%(alt)s.jpg": "s-n-alt-s",
    "' OR 1=1 --.jpg": "or-1-1",
}


def bytes_of(what: Any) -> bytes:
    found: bytes = what() if callable(what) else what
    return found


def check_served(client: FlaskClient, src: str) -> None:
    """Both sizes are images written by us, with nothing else in them."""
    _media, key, name = src.strip("/").split("/")
    for url in (src, address(key, name, VIGNETTE)):
        answer = client.get(url)
        assert answer.status_code == 200, url
        assert answer.mimetype in {"image/jpeg", "image/png"}
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        image = Image.open(BytesIO(answer.data), formats=("JPEG", "PNG"))
        image.load()
        assert image.get_format_mimetype() == answer.mimetype
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density",
                                   "progressive", "progression", "transparency"}  # fmt: skip
        assert not [word for word in FOREIGN if word in answer.data]
        end = b"\xff\xd9" if answer.mimetype == "image/jpeg" else chunk(b"IEND", b"")
        assert answer.data.endswith(end)


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_good_image_is_refused_in_french(
    uploader: Uploader, count: Count, what: str
) -> None:
    data, name, kind = REFUSED[what]
    started = time.process_time()

    answer = uploader.send(bytes_of(data), name, kind=kind)

    assert answer.status_code in {413, 422}
    assert any(words in answer.get_json()["error"] for words in SENTENCES)
    assert count() == 0
    assert time.process_time() - started < 5


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("what", WRITTEN_ANEW)
def test_of_what_is_an_image_only_the_pixels_are_left(
    uploader: Uploader, count: Count, what: str
) -> None:
    data, name, kind = WRITTEN_ANEW[what]

    answer = uploader.send(bytes_of(data), name, kind=kind)

    assert answer.status_code == 201, answer.get_json()
    assert count() == 1
    check_served(uploader.client, answer.get_json()["src"])


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name)[:40])
def test_a_hostile_name_is_made_harmless(uploader: Uploader, name: str) -> None:
    answer = uploader.send(JPEG, name)

    assert answer.status_code == 201
    key, _slash, kept = answer.get_json()["src"].removeprefix("/media/").partition("/")
    assert (len(key), kept) == (32, f"{NAMES[name]}.jpg")
    served = uploader.client.get(answer.get_json()["src"])
    assert served.headers["Content-Disposition"] == f'inline; filename="{kept}"'


@pytest.mark.parametrize("name", ["a.jpg\r\nSet-Cookie: x=1", '"><script>.jpg', "\r\n\r\n", '"'])
def test_a_name_that_breaks_its_header_breaks_nothing_else(uploader: Uploader, name: str) -> None:
    answer = uploader.send(JPEG, name)

    assert answer.status_code in {201, 422}
    assert "x=1" not in str(answer.headers)


@pytest.mark.parametrize(
    "alt",
    [
        '"><script>alert(1)</script>',
        "\u202eabc\0\x1b",
        "🥕" * 300,
        "[display-if role=x]",
        "{{ 7*7 }}",
    ],
)
def test_hostile_words_are_shown_as_words(uploader: Uploader, alt: str) -> None:
    answer = uploader.send(JPEG, alt=alt)

    assert answer.status_code == 201
    for path in (SCREEN, f"{SCREEN}choisir", f"{SCREEN}1"):
        shown = uploader.client.get(path)
        assert shown.status_code == 200
        assert "<script>alert" not in shown.text
        assert "\u202e" not in shown.text


FILE = FileStorage
ODD_FORMS: dict[str, dict[str, Any]] = {
    "no file": {"alt": "x"},
    "a field that is no file": {"alt": "x", "file": "photo.jpg"},
    "a file without a name": {"alt": "x", "file": lambda: FILE(BytesIO(JPEG), "")},
    "a file of another field": {"alt": "x", "image": lambda: FILE(BytesIO(JPEG), "a.jpg")},
    "two files": {"alt": "x", "file": [lambda: FILE(BytesIO(JPEG), "a.jpg")] * 2},
    "a file and a text": {"alt": "x", "file": ["a", "b"]},
    "a file for words": {"alt": lambda: FILE(BytesIO(JPEG), "a.jpg"), "file": "x"},
    "no words": {"file": lambda: FILE(BytesIO(JPEG), "a.jpg")},
    "words of spaces": {"alt": "\u00a0 \u200b\0", "file": lambda: FILE(BytesIO(SVG), "a.jpg")},
    "endless words": {"alt": "x" * 500_000, "file": lambda: FILE(BytesIO(JPEG), "a.jpg")},
}


@pytest.mark.parametrize("json", [True, False])
@pytest.mark.parametrize("what", ODD_FORMS)
def test_an_odd_form_keeps_nothing(uploader: Uploader, count: Count, what: str, json: bool) -> None:
    def made(value: Any) -> Any:
        if isinstance(value, list):
            return [made(one) for one in value]
        return value() if callable(value) else value

    fields = {name: made(value) for name, value in ODD_FORMS[what].items()}

    assert uploader.submit(fields, json=json).status_code == 422
    assert count() == 0


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data"),
        (
            b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--",
            "multipart/form-data; boundary=x",
        ),
        (b"\0" * 1000, "multipart/form-data; boundary=" + "x" * 5000),
        (b'{"file": "a"}', "application/json"),
        (JPEG, "image/jpeg"),
        (b"file=a&alt=b", "application/x-www-form-urlencoded"),
        (b"file=a", "\xe9/\xe9; boundary=\xff"),
    ],
)
def test_what_is_no_form_is_refused(
    uploader: Uploader, count: Count, body: bytes, kind: str
) -> None:
    answer = uploader.client.post(SCREEN, data=body, content_type=kind, headers=JSON)

    assert answer.status_code in {400, 413, 422}
    assert count() == 0


def test_a_form_of_thousands_of_parts_is_refused(uploader: Uploader, count: Count) -> None:
    fields = {f"f{number}": "x" for number in range(3000)}

    assert uploader.submit(fields).status_code == 413
    assert count() == 0


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media/x",
        "/media/{key}",
        "/media/{key}/",
        "/media/{key}/../../etc/passwd",
        "/media/{key}/%2e%2e/%2e%2e/etc/passwd",
        "/media/{key}/..%2f..%2fetc%2fpasswd",
        "/media/../media/{key}/..",
        "/media/{key}/vignette/../../x",
        "/media/{key}/vignette/",
        "/media/{key}/original/a.jpg",
        "/media/{key}/page/a.jpg",
        "/media/{key}/a\0.jpg",
        "/media/{key}/%00.jpg",
        "/media/{KEY}/a.jpg",
        "/media/{key}x/a.jpg",
        "/media/%25/a.jpg",
        "/media/{wild}/a.jpg",
        "/media/{quotes}/a.jpg",
        "/media/{zeros}/a.jpg",
        "/media/{key}/vignette/vignette/a.jpg",
        "/media/{emoji}/a.jpg",
        "//media/{key}/a.jpg",
        "/media//{key}//a.jpg",
    ],
)
def test_no_way_leads_around_the_routes(uploader: Uploader, store: Store, path: str) -> None:
    key = store(shade=3).key
    address_asked = path.format(
        key=key, KEY=key.upper() if key.upper() != key else "A" * 32, wild="%" * 32, zeros="0" * 32,
        quotes="'" * 32, emoji="🥕" * 32)  # fmt: skip

    answer = uploader.client.get(address_asked)

    assert answer.status_code in {301, 308, 404}
    assert answer.mimetype == "text/html"


def test_the_key_of_another_helps_nobody(uploader: Uploader, store: Store) -> None:
    media = store(shade=3)
    client = uploader.browser.client.application.test_client()

    for variant in ("page", VIGNETTE):
        url = address(media.key, media.name, variant)
        for headers in (
            {},
            {"Range": "bytes=0-9"},
            {"If-None-Match": "*"},
            {"Cookie": "amapress=x"},
        ):
            assert client.get(url, headers=headers).status_code == 404
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert client.open(url, method=method).status_code in {400, 404, 405}


def test_a_range_gets_the_whole(uploader: Uploader, store: Store) -> None:
    media = store(shade=3)

    answer = uploader.client.get(
        address(media.key, media.name), headers={"Range": "bytes=0-9,5-7,-1"}
    )

    assert answer.status_code == 200
    assert len(answer.data) == media.size


@pytest.mark.parametrize(
    "query", ["page=-1", "page=9999999", "page=x", "q=" + "a" * 5000, "q=%25_"]
)
def test_lists_take_any_question(uploader: Uploader, store: Store, query: str) -> None:
    store()

    for path in (SCREEN, f"{SCREEN}choisir"):
        assert uploader.client.get(f"{path}?{query}").status_code == 200


def test_uploads_of_others_are_refused(uploader: Uploader, count: Count, session: Session) -> None:
    client = uploader.browser.client.application.test_client()
    body = {"alt": "x", "file": (BytesIO(JPEG), "a.jpg")}

    assert client.post(SCREEN, data=body).status_code in {303, 400}
    assert count() == 0
