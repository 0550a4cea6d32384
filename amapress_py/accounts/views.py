"""Log-in, passwords by mailed links, and each person's own profile."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db, settings, web
from amapress_py.accounts import login as sessions
from amapress_py.accounts import passwords, queries, refusals, services, tokens
from amapress_py.accounts.access import public
from amapress_py.accounts.forms import (
    ChangePasswordForm,
    ChoosePasswordForm,
    ForgottenForm,
    Form,
    FurtherAddressForm,
    LogInForm,
    NewEmailForm,
    ProfileForm,
)
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Person
from amapress_py.accounts.tokens import Purpose
from amapress_py.errors import DomainError
from amapress_py.i18n import _

EXCHANGE_PAGES = "/espace-intermittents"

bp = Blueprint("accounts", __name__)


def _visitors_page(template: str, status: int = 200, **values: object) -> ResponseReturnValue:
    return render_template(f"accounts/{template}", flashes_wanted=True, **values), status


def _ip() -> str:
    return request.remote_addr or ""


def _wanted_page() -> str:
    """Return where a person wanted to go before he was asked to log in."""
    wanted = request.values.get("suite", "")
    return wanted if web.is_own_path(wanted) else "/"


def _connect(person_id: int) -> None:
    """Open a new session: nothing of a visitor's survives."""
    session.clear()
    sessions.connect(person_id)


@bp.get("/connexion")
@public
def login() -> ResponseReturnValue:
    """Show the log-in form."""
    if viewer().is_connected:
        return redirect(_wanted_page(), 303)
    return _log_in_page(LogInForm(suite=_wanted_page()))


def _log_in_page(form: Form, status: int = 200) -> ResponseReturnValue:
    wanted = _wanted_page()
    exchange_email = settings.current().exchange_email if wanted.startswith(EXCHANGE_PAGES) else ""
    return _visitors_page("login.html", status, form=form, exchange_email=exchange_email)


@bp.post("/connexion")
@public
def log_in() -> ResponseReturnValue:
    """Check address and password; say nothing of which was wrong."""
    form = LogInForm()
    if not form.validate_on_submit():
        return _log_in_page(form, 422)
    with db.transaction() as writing:
        may_try = services.may_try_log_in(writing, form.email.data, _ip())
    if not may_try:
        flash(str(refusals.TooOften()), "error")
        return _log_in_page(form, refusals.TooOften.status)
    person = queries.person_by_email(db.session(), form.email.data)
    is_right = passwords.is_right(person.password_hash if person else None, form.password.data)
    if person is None or not is_right or not person.is_active:
        flash(_("L’adresse ou le mot de passe n’est pas le bon."), "error")
        return _log_in_page(form, 422)
    with db.transaction() as writing:
        services.forget_tries(writing, form.email.data)
    _connect(person.id)
    return redirect(_wanted_page(), 303)


@bp.post("/deconnexion")
def logout() -> ResponseReturnValue:
    """Close the session."""
    sessions.disconnect()
    session.clear()
    flash(_("Vous êtes déconnecté."), "success")
    return redirect(url_for("accounts.login"), 303)


@bp.get("/mot-de-passe-oublie")
@public
def forgotten() -> ResponseReturnValue:
    """Ask for the address to which a link for a new password goes."""
    return _visitors_page("forgotten.html", form=ForgottenForm())


@bp.post("/mot-de-passe-oublie")
@public
def ask_reset() -> ResponseReturnValue:
    """Send the link, and say the same whether or not the address is known."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        return _visitors_page("forgotten.html", 422, form=form)
    with db.transaction() as writing:
        is_allowed = services.ask_reset(writing, form.email.data, _ip())
    if not is_allowed:
        flash(str(refusals.TooOften()), "error")
        return _visitors_page("forgotten.html", refusals.TooOften.status, form=form)
    flash(
        _(
            "Si cette adresse est connue ici, un message vient de partir : suivez son lien"
            " dans les deux heures. Regardez aussi dans les indésirables."
        ),
        "success",
    )
    return redirect(url_for("accounts.login"), 303)


def _stale_link() -> ResponseReturnValue:
    return _visitors_page("stale_link.html", refusals.StaleLink.status)


@bp.get("/compte/mot-de-passe/<token>")
@public
def choose_password(token: str) -> ResponseReturnValue:
    """Show the form that a mailed link opens."""
    found = tokens.person_of(db.session(), token, Purpose.ACTIVATE, Purpose.RESET)
    if found is None:
        return _stale_link()
    form = ChoosePasswordForm()
    return _visitors_page("choose_password.html", form=form, email=found[0].email)


@bp.post("/compte/mot-de-passe/<token>")
@public
def set_password(token: str) -> ResponseReturnValue:
    """Keep the password, end other sessions and open one."""
    found = tokens.person_of(db.session(), token, Purpose.ACTIVATE, Purpose.RESET)
    if found is None:
        return _stale_link()
    form = ChoosePasswordForm()
    if not form.validate_on_submit():
        return _visitors_page("choose_password.html", 422, form=form, email=found[0].email)
    password_hash = passwords.hashed(form.new.data)
    try:
        with db.transaction() as writing:
            person_id = services.choose_password(writing, token, password_hash)
    except refusals.StaleLink:
        return _stale_link()
    _connect(person_id)
    flash(_("Votre mot de passe est enregistré ; vous êtes connecté."), "success")
    return redirect("/", 303)


@bp.get("/mon-profil")
def profile() -> ResponseReturnValue:
    """Show a person what is known of him."""
    return _profile_page()


def _profile_page(refused: Form | None = None) -> ResponseReturnValue:
    """Show every form of the profile; the refused one keeps what was typed."""
    person = db.session().get_one(Person, viewer().person_id)
    forms: dict[str, Form] = {
        "identity": ProfileForm(formdata=None, obj=person),
        "email": NewEmailForm(formdata=None, prefix="email-"),
        "password": ChangePasswordForm(formdata=None, prefix="password-"),
        "further": FurtherAddressForm(formdata=None, prefix="further-"),
    }
    if refused is not None:
        forms = {key: refused if type(one) is type(refused) else one for key, one in forms.items()}
    page = render_template(
        "accounts/profile.html",
        person=person,
        forms=forms,
        further=queries.further_addresses(db.session(), person.id),
        sharing=[
            other
            for other in queries.household_persons(db.session(), person.household_id)
            if other.id != person.id and other.is_active
        ],
    )
    return page, 200 if refused is None else 422


def _back_to_profile(message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("accounts.profile"), 303)


@bp.post("/mon-profil")
def change_profile() -> ResponseReturnValue:
    """Keep names, phones and address."""
    form = ProfileForm()
    if not form.validate_on_submit():
        return _profile_page(form)
    with db.transaction() as writing:
        services.change_profile(
            writing,
            viewer().person_id,
            first_name=form.first_name.data,
            last_name=form.last_name.data,
            phone=form.phone.data,
            other_phone=form.other_phone.data,
            address=form.address.data,
        )
    return _back_to_profile(_("Vos coordonnées sont enregistrées."))


def _has_proved(form: Form) -> bool:
    """Check the present password that a form asks for; else say so in the form."""
    with db.transaction() as writing:
        may_prove = services.may_prove(writing, viewer().person_id)
    person = db.session().get_one(Person, viewer().person_id)
    if may_prove and passwords.is_right(person.password_hash, form.current.data):
        return True
    refusal = refusals.WrongPassword() if may_prove else refusals.TooOften()
    form.current.errors = [str(refusal)]
    return False


@bp.post("/mon-profil/mot-de-passe")
def change_password() -> ResponseReturnValue:
    """Keep another password and end every other session."""
    form = ChangePasswordForm(prefix="password-")
    if not form.validate_on_submit() or not _has_proved(form):
        return _profile_page(form)
    password_hash = passwords.hashed(form.new.data)
    with db.transaction() as writing:
        services.change_password(writing, viewer().person_id, password_hash)
    _connect(viewer().person_id)
    return _back_to_profile(
        _("Votre mot de passe est changé ; vos autres connexions sont fermées.")
    )


@bp.post("/mon-profil/adresse-mail")
def change_email() -> ResponseReturnValue:
    """Send the link that confirms another log-in."""
    form = NewEmailForm(prefix="email-")
    if not form.validate_on_submit() or not _has_proved(form):
        return _profile_page(form)
    return _ask_new_address(form, Purpose.EMAIL)


@bp.post("/mon-profil/adresses")
def add_address() -> ResponseReturnValue:
    """Send the link that confirms a further address."""
    form = FurtherAddressForm(prefix="further-")
    if not form.validate_on_submit():
        return _profile_page(form)
    return _ask_new_address(form, Purpose.FURTHER)


def _ask_new_address(form: Form, purpose: Purpose) -> ResponseReturnValue:
    try:
        with db.transaction() as writing:
            services.ask_new_address(writing, viewer().person_id, form.email.data, purpose)
    except DomainError as refusal:
        form.email.errors = [str(refusal)]
        return _profile_page(form)
    return _back_to_profile(
        _(
            "Un message est parti à %(email)s : suivez son lien pour confirmer cette adresse."
            " D’ici là, rien ne change.",
            email=form.email.data,
        )
    )


@bp.post("/mon-profil/adresses/<int:address_id>/enlever")
def remove_address(address_id: int) -> ResponseReturnValue:
    """Stop writing to a further address."""
    with web.refusals_to_flash():
        with db.transaction() as writing:
            services.remove_address(writing, viewer().person_id, address_id)
        flash(_("Vos messages ne vont plus à cette adresse."), "success")
    return redirect(url_for("accounts.profile"), 303)


@bp.get("/mon-profil/adresse/<token>")
@public
def confirm_address(token: str) -> ResponseReturnValue:
    """Show the button that confirms an address (mail scanners follow links)."""
    found = tokens.person_of(db.session(), token, Purpose.EMAIL, Purpose.FURTHER)
    if found is None:
        return _stale_link()
    return _visitors_page("confirm_address.html", token=token, email=found[1].email)


@bp.post("/mon-profil/adresse/<token>")
@public
def keep_address(token: str) -> ResponseReturnValue:
    """Keep the address that the link confirms."""
    connected = viewer().person_id  # asked now: a new address ends sessions
    try:
        with db.transaction() as writing:
            person = services.confirm_address(writing, token)
    except refusals.StaleLink:
        return _stale_link()
    if connected == person.id:
        _connect(person.id)
    flash(_("Cette adresse est confirmée."), "success")
    return redirect(url_for("accounts.profile"), 303)
