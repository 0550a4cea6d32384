import pytest
from flask import Flask

from amapress_py.accounts.access import PUBLIC
from amapress_py.accounts.models import Role
from tests.accounts.conftest import Known
from tests.conftest import BrowserFactory

OPEN = {
    "accounts.login",
    "accounts.log_in",
    "accounts.forgotten",
    "accounts.ask_reset",
    "accounts.choose_password",
    "accounts.set_password",
    "accounts.confirm_address",
    "accounts.keep_address",
}
OURS = ("accounts.", "accounts_admin.", "settings_admin.", "admin.")


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """Return (endpoint, path with 1 for every number, method) of the routes about persons."""
    return [
        (rule.endpoint, str(rule).replace("<token>", "x").replace("<int:", "<"), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(OURS)
        for method in (rule.methods or set()) & {"GET", "POST"}
    ]


def filled(path: str) -> str:
    """Put the number 1 where a path wants one."""
    parts = ("1" if part.startswith("<") else part for part in path.split("/"))
    return "/".join(parts)


def test_only_what_must_be_is_open(app: Flask) -> None:
    views = {name: view for name, view in app.view_functions.items() if name.startswith(OURS)}

    assert {name for name, view in views.items() if getattr(view, "access", "") == PUBLIC} == OPEN


def test_visitors_are_sent_to_the_log_in_page(app: Flask, browse: BrowserFactory) -> None:
    browser = browse()
    token = browser.token("/connexion")
    for endpoint, path, method in routes(app):
        if endpoint in OPEN:
            continue
        response = browser.client.open(filled(path), method=method, data={"csrf_token": token})
        assert response.status_code == 303, path
        assert response.location.startswith("/connexion"), path


@pytest.mark.parametrize(
    "roles", [(), tuple(role for role in Role if role is not Role.ADMIN)], ids=["none", "others"]
)
def test_only_administrators_see_persons_and_settings(
    app: Flask, known: Known, browse: BrowserFactory, roles: tuple[Role, ...]
) -> None:
    browser = browse(known("Anna", *roles))
    token = browser.token()
    for endpoint, path, method in routes(app):
        if endpoint.startswith(("accounts_admin.", "settings_admin.")):
            response = browser.client.open(filled(path), method=method, data={"csrf_token": token})
            assert response.status_code == 403, path


def test_every_form_needs_its_token(app: Flask, known: Known, browse: BrowserFactory) -> None:
    browser = browse(known("Jeanne", Role.ADMIN))
    for _endpoint, path, method in routes(app):
        if method == "POST":
            assert browser.client.post(filled(path)).status_code == 400, path


def test_a_page_that_is_not_there_says_no_more(known: Known, browse: BrowserFactory) -> None:
    browser = browse(known("Jeanne", Role.ADMIN))

    for path in ("/admin/personnes/999", "/admin/personnes/999/foyer"):
        browser.visit(path, status=404)
