import pytest

from amapress_py.accounts.addresses import normalised


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Anna@Demo.TEST ", "anna@demo.test"),
        ("prenom.nom+amap@exemple.fr", "prenom.nom+amap@exemple.fr"),
        ("anna@amap-évry.fr", "anna@xn--amap-vry-f1a.fr"),
    ],
)
def test_an_address_has_one_spelling(typed: str, kept: str) -> None:
    assert normalised(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "anna",
        "anna@",
        "@amap.fr",
        "anna@localhost",
        "anna@@amap.fr",
        "Anna <anna@amap.fr>",
        "anna@amap.fr\r\nBcc: tous@amap.fr",
        "anna\0@amap.fr",
        "an na@amap.fr",
        "\u202eanna@amap.fr",
        "🥕@amap.fr",
        "a" * 250 + "@amap.fr",
        "a" * 1_000_000,
    ],
)
def test_anything_else_is_refused_in_french(typed: str) -> None:
    with pytest.raises(ValueError, match="adresse"):
        normalised(typed)
