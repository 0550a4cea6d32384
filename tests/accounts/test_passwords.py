import unicodedata

from amapress_py.accounts import passwords
from tests.accounts.conftest import password_hash


def test_only_the_right_password_is_right() -> None:
    assert passwords.is_right(password_hash(), "demo-panier")
    assert not passwords.is_right(password_hash(), "Demo-panier")
    assert not passwords.is_right(password_hash(), "")


def test_nobody_has_a_right_password() -> None:
    assert not passwords.is_right(None, "")
    assert not passwords.is_right(None, "demo-panier")


def test_unknown_persons_cost_the_same_work() -> None:
    method, _salt, nothing = passwords.NOBODY.split("$")
    real_method, _real_salt, real = password_hash().split("$")

    assert (method, len(nothing)) == (real_method, len(real))


def test_keyboards_that_write_accents_differently_agree() -> None:
    composed = unicodedata.normalize("NFC", "épinards dorés")

    kept = passwords.hashed(unicodedata.normalize("NFD", composed))

    assert passwords.is_right(kept, composed)
