"""Every route, every role; nobody changes what is not his."""

import pytest

from tests.site.answers import ANSWERS, FORMS, LOG_IN
from tests.site.routes import routes, status_of, token
from tests.site.world import ROLES, World

BY_LINK = {  # the link of a mail is the proof: mail programs have no token
    "contracts_validation.agree",
    "duty.cannot_come",
    "duty.say_yes",
    "duty.say_no",
    "exchange.leave_now",
    "exchange.come_back",
    "exchange.enrol_confirmed",
    "exchange_guests.asked",
    "exchange_guests.take",
    "exchange_guests.decline",
    "exchange_guests.wishes",
    "joining.asked",
    "joining.confirmed",
}
UNKNOWN = 999_999
# Page 0 is the one that is being written and is not there yet.
NEW_PAGE = {
    "POST /admin/pages/<int:page_id>/brouillon",
    "POST /admin/pages/<int:page_id>/brouillon/jeter",
}


def test_every_route_is_in_the_table(world: World) -> None:
    assert {route.name for route in routes(world)} == set(ANSWERS)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_table_says(world: World, role: str) -> None:
    wrong = []
    client = world.client(role)
    signed = token(client)
    for route in routes(world):
        address = world.address(route.rule)
        expected = ANSWERS[route.name].to(role)
        if route.method == "GET":
            got = status_of(client.get(address))
        else:
            data = {"csrf_token": signed, **FORMS.get(route.name, {})}
            got = status_of(client.post(address, data=data))
        if got != expected:
            wrong.append((route.name, got, expected))
        if world.is_changed():
            if got != 303:
                wrong.append((route.name, got, "and yet something changed"))
            world.restore()
        if route.rule.endpoint == "accounts.logout":
            client = world.client(role)
            signed = token(client)
    assert not wrong


def test_reading_changes_nothing(world: World) -> None:
    client = world.client("admin")
    for route in routes(world, "GET"):
        client.get(world.address(route.rule))
        assert not world.is_changed(), route.name


@pytest.mark.parametrize("given", ["none", "another's", "nonsense"])
def test_no_form_works_without_its_own_token(world: World, given: str) -> None:
    client = world.client("admin")
    client.get("/mon-profil")
    data = {
        "none": {},
        "another's": {"csrf_token": token(world.client("member"))},
        "nonsense": {"csrf_token": "x" * 91},
    }[given]
    for route in routes(world, "POST"):
        answer = client.post(world.address(route.rule), data=data)
        expected = 404 if route.rule.endpoint in BY_LINK else 400
        assert answer.status_code == expected, route.name
        assert not world.is_changed(), route.name
    assert "Ce formulaire n’est plus valable" in client.post("/paniers/ceder", data=data).text


def test_a_form_from_before_log_out_is_refused(world: World) -> None:
    client = world.client("member")
    old = {"csrf_token": token(client), "livraison": str(world.delivery)}
    client.post("/deconnexion", data=old)

    as_visitor = client.post("/paniers/ceder", data=old)
    with client.session_transaction() as cookie:
        other = world.client("intermittent")
        with other.session_transaction() as theirs:
            cookie.update(theirs)
    as_another = client.post("/paniers/ceder", data=old)

    assert status_of(as_visitor) in (LOG_IN, 400)
    assert as_another.status_code == 400
    assert not world.is_changed()


def test_a_session_ends_with_its_password(world: World) -> None:
    client = world.client("member")
    with client.session_transaction() as cookie:
        cookie["_user_id"] = str(cookie["_user_id"])[:-1] + "~"

    assert status_of(client.get("/mon-profil")) == LOG_IN


def test_numbers_of_nothing_are_not_found(world: World) -> None:
    """An admin may do all, but not to what does not exist."""
    client = world.client("admin")
    signed = token(client)
    found = []
    for route in routes(world, "POST"):
        numbers = route.rule.arguments - {"token", "path", "version"}
        for name in numbers:
            for number in (0, UNKNOWN, 2**31 - 1)[route.name in NEW_PAGE :]:
                address = world.address(route.rule, **{name: str(number)})
                data = {"csrf_token": signed, **FORMS.get(route.name, {})}
                answer = client.post(address, data=data)
                if answer.status_code != 404:
                    found.append((route.name, name, number, answer.status_code))
                assert not world.is_changed(), route.name
    assert not found


@pytest.mark.parametrize("role", ["plain", "member", "intermittent", "coordinator", "treasurer"])
def test_what_belongs_to_others_stays_theirs(world: World, role: str) -> None:
    client = world.client(role)
    signed = token(client)
    designated = f"/paniers/demandes/{world.designated_request}"
    for path, data in (
        ("/paniers/ceder", {"livraison": world.delivery, "foyer": world.values["household_id"]}),
        (
            "/paniers/ceder",
            {
                "livraison": world.delivery,
                "foyer": world.values["household_id"],
                "repreneur": world.values["person_id"],
            },
        ),
        (f"{designated}/confirmer", {}),
        (f"{designated}/decliner", {}),
        (f"{designated}/retirer", {}),
        (f"{designated}/valider", {}),
        (f"{designated}/refuser", {}),
    ):
        answer = client.post(path, data={"csrf_token": signed, **data})
        assert answer.status_code in (403, 404), (path, answer.status_code)
        assert not world.is_changed(), path
