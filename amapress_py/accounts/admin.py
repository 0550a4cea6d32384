"""Back office of persons: list, file, household, roles; administrators only."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts import administration, queries, refusals, roles, services
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.forms import NewPersonForm, PersonForm, one_line
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Person, Role, Scope
from amapress_py.errors import NotFound
from amapress_py.i18n import _, _l

MENU = (Entry(_l("Personnes"), _l("Personnes et rôles"), "accounts_admin.persons"),)
STATES = {
    "": _l("Comptes actifs"),
    "sans-adresse": _l("Sans adresse mail"),
    "jamais-connectees": _l("Sans mot de passe encore"),
    "inactives": _l("Comptes désactivés"),
}
LONGEST_SEARCH = 100
CHOICES = 20  # persons shown when one is looked for

bp = Blueprint("accounts_admin", __name__, url_prefix="/admin/personnes")
only_admins = requires(Role.ADMIN)


def _searched() -> str:
    return one_line(request.args.get("q", ""))[:LONGEST_SEARCH]


def _asked_role() -> Role | None:
    asked = request.args.get("role", "")
    return Role(asked) if asked in list(Role) else None


@bp.get("/")
@only_admins
def persons() -> ResponseReturnValue:
    """List persons: search, filters, paging."""
    session = db.session()
    state = request.args.get("etat", "")
    wanted, role = _searched(), _asked_role()
    paging = web.Paging(web.asked_page(), queries.count_persons(session, wanted, role, state))
    rows = queries.persons(session, wanted, role, state, paging.offset, paging.size)
    return render_template(
        "admin/accounts/persons.html",
        persons=rows,
        grants=queries.grants(session, [row.id for row in rows]),
        paging=paging,
        wanted=wanted,
        role=role,
        state=state,
        states=STATES,
        roles=roles.ROLES,
    )


@bp.get("/nouvelle")
@only_admins
def new_person() -> ResponseReturnValue:
    """Show the form of a new person."""
    return _new_person_page(NewPersonForm())


def _new_person_page(form: NewPersonForm, status: int = 200) -> ResponseReturnValue:
    return render_template("admin/accounts/new_person.html", form=form), status


@bp.post("/nouvelle")
@only_admins
def add_person() -> ResponseReturnValue:
    """Add a person, and invite him if asked."""
    form = NewPersonForm()
    if not form.validate_on_submit():
        return _new_person_page(form, 422)
    try:
        with db.transaction() as session:
            person = services.create_person(
                session,
                email=form.email.data,
                first_name=form.first_name.data,
                last_name=form.last_name.data,
                phone=form.phone.data,
                address=form.address.data,
            )
            person.other_phone = form.other_phone.data
            if form.invite.data:
                services.invite(session, person.id, viewer().name)
    except (refusals.EmailTaken, refusals.NoAddress) as refusal:
        form.email.errors = [str(refusal)]
        return _new_person_page(form, 422)
    flash(_("%(name)s est dans la liste.", name=person.name), "success")
    return redirect(url_for("accounts_admin.person", person_id=person.id), 303)


def _file(person_id: int) -> Person:
    found = db.session().get(Person, person_id)
    if found is None:
        raise NotFound(_("Cette personne n’existe plus."))
    return found


@dataclass(frozen=True)
class RoleLine:
    """A role that a person holds, as a sentence."""

    grant_id: int
    sentence: str
    can_be_removed: bool  # nobody locks himself out


def _role_lines(person_id: int, known: dict[Scope, dict[int, str]]) -> list[RoleLine]:
    is_self = person_id == viewer().person_id
    return [
        RoleLine(
            grant.id,
            roles.told(Role(grant.role), grant.scope, grant.scope_id, known),
            not (is_self and grant.role == Role.ADMIN),
        )
        for grant in queries.grants(db.session(), [person_id]).get(person_id, [])
    ]


@bp.get("/<int:person_id>")
@only_admins
def person(person_id: int) -> ResponseReturnValue:
    """Show a person's file."""
    return _person_page(PersonForm(obj=_file(person_id)), person_id)


def _person_page(
    form: PersonForm, person_id: int, status: int = 200, seen: str = ""
) -> ResponseReturnValue:
    session = db.session()
    found = _file(person_id)
    known = roles.scope_choices(session)
    page = render_template(
        "admin/accounts/person.html",
        form=form,
        person=found,
        sharing=[
            other
            for other in queries.household_persons(session, found.household_id)
            if other.id != found.id
        ],
        stays=queries.stays(session, person_id),
        further=queries.further_addresses(session, person_id),
        role_lines=_role_lines(person_id, known),
        role_choices=roles.choices(known),
        seen=seen or administration.shown(found),
    )
    return page, status


@bp.post("/<int:person_id>")
@only_admins
def change_person(person_id: int) -> ResponseReturnValue:
    """Correct a person's file."""
    form, seen = PersonForm(), request.form.get("seen", "")
    if not form.validate_on_submit():
        return _person_page(form, person_id, 422, seen)
    try:
        with db.transaction() as session:
            administration.change_person(
                session,
                person_id,
                viewer().person_id,
                email=form.email.data,
                first_name=form.first_name.data,
                last_name=form.last_name.data,
                phone=form.phone.data,
                other_phone=form.other_phone.data,
                address=form.address.data,
                seen=seen,
            )
    except refusals.EmailTaken as refusal:
        form.email.errors = [str(refusal)]
        return _person_page(form, person_id, 422, seen)
    except refusals.ChangedMeanwhile as refusal:
        _tell(form, _file(person_id))
        form.form_errors.append(str(refusal))
        return _person_page(form, person_id, refusal.status)
    flash(_("C’est enregistré."), "success")
    return _to_file(person_id)


def _tell(form: PersonForm, found: Person) -> None:
    """Say at each field what the file holds by now, if it is not what was typed."""
    for name in administration.FILE:
        now, field = getattr(found, name) or "", form[name]
        if now != (field.data or ""):
            field.errors = [*field.errors, _("La fiche dit maintenant : « %(what)s ».", what=now)]


def _to_file(person_id: int, anchor: str = "") -> ResponseReturnValue:
    return redirect(url_for("accounts_admin.person", person_id=person_id, _anchor=anchor), 303)


@bp.post("/<int:person_id>/inviter")
@only_admins
def invite(person_id: int) -> ResponseReturnValue:
    """Send the link to choose a password, again if need be."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.invite(session, person_id, viewer().name)
        flash(_("L’invitation part. Son lien est valable sept jours."), "success")
    return _to_file(person_id)


@bp.post("/<int:person_id>/desactiver")
@only_admins
def deactivate(person_id: int) -> ResponseReturnValue:
    """Close an account."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            administration.deactivate(session, person_id, viewer().person_id)
        flash(_("Le compte est désactivé : plus de connexion, plus de messages."), "success")
    return _to_file(person_id)


@bp.post("/<int:person_id>/reactiver")
@only_admins
def reactivate(person_id: int) -> ResponseReturnValue:
    """Open a closed account again."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            administration.reactivate(session, person_id, viewer().person_id)
        flash(_("Le compte est réactivé."), "success")
    return _to_file(person_id)


@bp.post("/<int:person_id>/roles")
@only_admins
def give_role(person_id: int) -> ResponseReturnValue:
    """Give a role, everywhere or for one thing."""
    with web.refusals_to_flash():
        chosen = roles.read_choice(request.form.get("role", ""))
        if chosen is None:
            raise refusals.UnknownRole
        with db.transaction() as session:
            administration.give_role(session, person_id, viewer().person_id, *chosen)
        flash(_("Le rôle est donné."), "success")
    return _to_file(person_id, "roles")


@bp.post("/<int:person_id>/roles/<int:grant_id>/retirer")
@only_admins
def remove_role(person_id: int, grant_id: int) -> ResponseReturnValue:
    """Take a role away."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            administration.remove_role(session, person_id, grant_id, viewer().person_id)
        flash(_("Le rôle est retiré."), "success")
    return _to_file(person_id, "roles")


@bp.get("/<int:person_id>/foyer")
@only_admins
def household(person_id: int) -> ResponseReturnValue:
    """Look for the person whose household is to be shared."""
    wanted = _searched()
    others = queries.other_households(db.session(), person_id, wanted, CHOICES) if wanted else []
    return render_template(
        "admin/accounts/household.html",
        person=_file(person_id),
        wanted=wanted,
        others=others,
        are_more=len(others) == CHOICES,
    )


@bp.post("/<int:person_id>/foyer/<int:other_id>")
@only_admins
def join_household(person_id: int, other_id: int) -> ResponseReturnValue:
    """Move a person into another's household."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            administration.join_household(session, person_id, viewer().person_id, other_id)
        flash(_("Ces personnes partagent maintenant le même foyer."), "success")
    return _to_file(person_id, "foyer")


@bp.post("/<int:person_id>/foyer/quitter")
@only_admins
def leave_household(person_id: int) -> ResponseReturnValue:
    """Give a person a household of his own."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            administration.leave_household(session, person_id, viewer().person_id)
        flash(_("Cette personne a maintenant son propre foyer."), "success")
    return _to_file(person_id, "foyer")
