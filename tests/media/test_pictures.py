"""What is left of an upload: its pixels, upright, small enough, in a format browsers show."""

from io import BytesIO

import pytest
from PIL import Image, ImageCms

from amapress_py.media.pictures import Picture, written_anew
from amapress_py.media.rules import PAGE, VIGNETTE, file_name
from tests.media.conftest import drawn, encoded


def shown(picture: Picture, variant: str = PAGE) -> Image.Image:
    image = Image.open(BytesIO(picture.contents[variant]))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_each_accepted_format_becomes_a_jpeg(kind: str) -> None:
    picture = written_anew(encoded(drawn(), kind))

    assert picture.kind == "image/jpeg"
    assert (picture.width, picture.height) == (60, 40)
    assert shown(picture).format == "JPEG"
    assert shown(picture).info["progressive"]


def test_a_large_photo_is_reduced_and_gets_a_vignette() -> None:
    picture = written_anew(encoded(drawn(size=(4000, 3000))))

    assert (picture.width, picture.height) == (1600, 1200)
    assert shown(picture).size == (1600, 1200)
    assert shown(picture, VIGNETTE).size == (400, 300)


def test_a_small_image_is_not_blown_up() -> None:
    assert shown(written_anew(encoded(drawn())), VIGNETTE).size == (60, 40)


@pytest.mark.parametrize("size", [(3000, 1), (1, 3000), (1, 1)])
def test_a_thin_image_stays_one(size: tuple[int, int]) -> None:
    picture = written_anew(encoded(Image.new("RGB", size), "PNG"))

    assert min(picture.width, picture.height) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright(orientation: int) -> None:
    turned = Image.new("RGB", (80, 40), "white")
    turned.paste("red", (0, 0, 20, 20))  # where it comes to stand says how it was turned
    exif = Image.Exif()
    exif[0x0112] = orientation

    page = shown(written_anew(encoded(turned, exif=exif, quality=95)))

    corner = {
        1: (0, 0),
        2: (1, 0),
        3: (1, 1),
        4: (0, 1),
        5: (0, 0),
        6: (1, 0),
        7: (1, 1),
        8: (0, 1),
    }
    right, down = corner[orientation]
    assert page.size == ((80, 40) if orientation < 5 else (40, 80))
    x, y = right * (page.width - 11) + 5, down * (page.height - 11) + 5
    red, green, _blue = page.convert("RGB").getpixel((x, y))  # type: ignore[misc]
    assert (red > 200, green < 60) == (True, True)


def test_a_hole_stays_a_hole() -> None:
    image = Image.new("RGBA", (50, 50), (10, 200, 30, 0))
    image.paste((200, 0, 0, 255), (0, 0, 25, 50))

    for kind in ("PNG", "WEBP"):
        picture = written_anew(encoded(image, kind))

        assert picture.kind == "image/png"
        assert shown(picture).convert("RGBA").getpixel((40, 25))[3] == 0  # type: ignore[index]


def test_an_alpha_channel_without_holes_is_dropped() -> None:
    assert written_anew(encoded(drawn("RGBA"), "PNG")).kind == "image/jpeg"


def test_a_palette_with_a_transparent_colour_is_understood() -> None:
    image = Image.new("P", (30, 30), 0)
    image.putpalette([0, 0, 0, 255, 0, 0] + [0] * 762)
    image.paste(1, (0, 0, 15, 30))
    for kind in ("PNG", "GIF"):
        picture = written_anew(encoded(image, kind, transparency=0))

        assert shown(picture).convert("RGBA").getpixel((25, 15))[3] == 0  # type: ignore[index]
        assert shown(picture).convert("RGBA").getpixel((5, 15)) == (255, 0, 0, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_pixel_is_understood(mode: str) -> None:
    image = Image.new("I;16", (20, 20), 40_000) if mode == "I;16" else drawn(mode)

    assert shown(written_anew(encoded(image, "PNG"))).mode in {"L", "RGB"}


def test_sixteen_bits_become_eight() -> None:
    picture = written_anew(encoded(Image.new("I;16", (20, 20), 40_000), "PNG"))

    assert abs(shown(picture).getpixel((5, 5)) - 40_000 // 256) < 3  # type: ignore[operator]


def test_printers_colours_become_those_of_screens() -> None:
    picture = written_anew(encoded(Image.new("CMYK", (20, 20), (0, 255, 255, 0))))

    red, green, blue = shown(picture).getpixel((5, 5))  # type: ignore[misc]
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


def test_a_colour_profile_is_applied_and_not_kept() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    screen = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for one in (profile, screen, b"not a profile", b"\0" * 5000):
        picture = written_anew(encoded(drawn(), icc_profile=one))

        assert "icc_profile" not in shown(picture).info


def test_only_the_first_picture_of_a_film_is_kept() -> None:
    film = encoded(drawn(), "GIF", save_all=True, append_images=[drawn(shade=200)] * 3)

    page = shown(written_anew(film))

    assert getattr(page, "n_frames", 1) == 1


def test_a_heavy_drawing_gets_by_with_fewer_colours() -> None:
    noise = Image.effect_noise((900, 900), 90).convert("RGB")
    noise.putalpha(Image.linear_gradient("L").resize((900, 900)))

    picture = written_anew(encoded(noise, "PNG"))

    assert len(picture.contents[PAGE]) < 1_500_000
    assert shown(picture).mode == "P"


def test_the_same_image_is_written_the_same() -> None:
    data = encoded(drawn())

    assert written_anew(data).digest == written_anew(data).digest


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Marché de Noël.JPEG", "marche-de-noel.jpg"),
        ("C:\\Photos\\été.png", "ete.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("..\\..\\boot.ini", "boot.jpg"),
        ("/", "image.jpg"),
        ("", "image.jpg"),
        (".htaccess", "htaccess.jpg"),
        ("photo.php.jpg", "photo-php.jpg"),
        ("photo.jpg\0.php", "photo-jpg.jpg"),
        ("🥕🥕🥕.jpg", "image.jpg"),
        ("cod\u202egpj.exe", "cod-gpj.jpg"),
        ("%2e%2e%2fetc.jpg", "2e-2e-2fetc.jpg"),
        ("a" * 300 + ".jpg", "a" * 80 + ".jpg"),
        ("x" * 1_000_000, "x" * 80 + ".jpg"),
        ("\ud800.jpg", "image.jpg"),
        ("a\r\nContent-Type: text/html.jpg", "html.jpg"),
        ('"><script>.jpg', "script.jpg"),
    ],
)
def test_a_name_is_harmless(typed: str, name: str) -> None:
    assert file_name(typed, "image/jpeg") == name
