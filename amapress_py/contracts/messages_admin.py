"""Back office: writing to the members of a contract, and what was written."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField

from amapress_py import db
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.forms import Form, at_most, one_line, required, several_lines
from amapress_py.accounts.login import viewer
from amapress_py.contracts import messages
from amapress_py.contracts.messages import WRITERS
from amapress_py.errors import DomainError, NotAllowed, NotFound
from amapress_py.i18n import _l, ngettext

MENU = (
    Entry(_l("Référent"), _l("Écrire aux adhérents"), "contract_messages.contracts",
          frozenset(WRITERS)),
)  # fmt: skip
MOST_TEXT = 5000

bp = Blueprint("contract_messages", __name__, url_prefix="/admin")


class MessageForm(Form):
    """What is written to all members of a contract."""

    objet = StringField(
        _l("Objet"),
        [required(_l("Donnez un objet.")), at_most(150)],
        filters=[one_line],
        description=_l("Le nom du contrat est ajouté devant."),
        render_kw={"maxlength": 150, "autocomplete": "off"},
    )
    texte = TextAreaField(
        _l("Message"),
        [required(_l("Écrivez votre message.")), at_most(MOST_TEXT)],
        filters=[several_lines],
        description=_l("« Bonjour » et votre nom sont ajoutés."),
        render_kw={"rows": 10, "maxlength": MOST_TEXT},
    )


@bp.get("/messages")
@requires(*WRITERS)
def contracts() -> ResponseReturnValue:
    """List the contracts to whose members the viewer may write."""
    found = messages.writable(db.session(), viewer())
    return render_template("admin/contracts/writable.html", contracts=found)


@bp.get("/messages/<int:contract_id>")
@requires(*WRITERS)
def write(contract_id: int) -> ResponseReturnValue:
    """Show the form, and what was written before."""
    return _page(MessageForm(formdata=None), contract_id)


def _page(
    form: MessageForm, contract_id: int, status: int = 200, *, shown: bool = False
) -> ResponseReturnValue:
    session = db.session()
    contract = messages.contract(session, viewer(), contract_id)
    mail = None
    if shown:
        mail = messages.preview(viewer(), contract, form.objet.data, form.texte.data)
    page = render_template(
        "admin/contracts/messages.html",
        form=form,
        contract=contract,
        readers=messages.readers(session, contract_id),
        mail=mail,
        reply_to=viewer().email,
        sent=messages.of_contract(session, contract_id),
    )
    return page, status


@bp.post("/messages/<int:contract_id>")
@requires(*WRITERS)
def send(contract_id: int) -> ResponseReturnValue:
    """« Aperçu », then « Envoyer »."""
    form = MessageForm()
    if not form.validate():
        return _page(form, contract_id, 422)
    if request.form.get("action") != "envoyer":
        return _page(form, contract_id, shown=True)
    try:
        with db.transaction() as session:
            count = messages.send(session, viewer(), contract_id, form.objet.data, form.texte.data)
    except (NotAllowed, NotFound):
        raise
    except DomainError as refusal:
        form.form_errors.append(str(refusal))
        return _page(form, contract_id, refusal.status)
    flash(
        ngettext(
            "Le message part à %(n)s foyer. Il reste sur la page du contrat.",
            "Le message part à %(n)s foyers. Il reste sur la page du contrat.",
            count,
        ),
        "success",
    )
    return redirect(url_for(".write", contract_id=contract_id), 303)
