"""« Mes données »: read, taken away, erased."""

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts import login as sessions
from amapress_py.accounts import passwords, refusals
from amapress_py.accounts import services as accounts
from amapress_py.accounts.access import requires
from amapress_py.accounts.forms import ProofForm
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Person, Role
from amapress_py.errors import DomainError
from amapress_py.i18n import _
from amapress_py.privacy import queries, services
from amapress_py.sheets import papers
from amapress_py.sheets.admin import KINDS
from amapress_py.workbooks import download, file_name

bp = Blueprint("privacy", __name__)


@bp.get("/mon-profil/mes-donnees")
def mine() -> ResponseReturnValue:
    """Show a person what is kept of him; all the rest is in the files."""
    return _page(ProofForm(formdata=None))


def _page(form: ProofForm, status: int = 200) -> ResponseReturnValue:
    table = queries.identity(db.session(), viewer())
    files = [(ending.upper(), url_for(".as_file", ending=ending)) for ending in KINDS]
    return render_template("privacy/mine.html", table=table, files=files, form=form), status


@bp.get("/mon-profil/mes-donnees.<any(xlsx, pdf):ending>")
def as_file(ending: str) -> ResponseReturnValue:
    """Give the same as a file."""
    made = queries.paper(db.session(), viewer())
    content = papers.xlsx(made) if ending == "xlsx" else papers.pdf(made)
    return download(content, file_name("mes-donnees", ending=ending), KINDS[ending])


@bp.post("/mon-profil/effacer")
def erase_own() -> ResponseReturnValue:
    """Erase one's data and end the account, by who knows the password."""
    form, who = ProofForm(), viewer().person_id
    if not form.validate_on_submit():
        return _page(form, 422)
    with db.transaction() as writing:
        may_prove = accounts.may_prove(writing, who)
    known = db.session().get_one(Person, who).password_hash
    if not may_prove or not passwords.is_right(known, form.current.data):
        refusal = refusals.WrongPassword() if may_prove else refusals.TooOften()
        form.current.errors = [str(refusal)]
        return _page(form, 422)
    try:
        with db.transaction() as writing:
            services.erase_own(writing, who)
    except DomainError as refused:
        form.form_errors.append(str(refused))
        return _page(form, 422)
    sessions.disconnect()
    session.clear()
    flash(_("Vos données sont effacées et votre compte est fermé."), "success")
    return redirect("/", 303)


@bp.post("/admin/personnes/<int:person_id>/effacer")
@requires(Role.ADMIN)
def erase(person_id: int) -> ResponseReturnValue:
    """Erase the data of somebody who asked for it."""
    with web.refusals_to_flash():
        with db.transaction() as writing:
            services.erase(writing, person_id, viewer().person_id)
        flash(_("Ses données sont effacées, son compte est fermé."), "success")
    return redirect(url_for("accounts_admin.person", person_id=person_id), 303)
