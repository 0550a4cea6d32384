"""Back office: the texts of mails; preview, test mail, back to the original; administrators."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import StringField, TextAreaField

from amapress_py import db
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.forms import Form, at_most, one_line, required, several_lines
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l
from amapress_py.mail import outbox, rendering, wording
from amapress_py.mail.admin import html_part_of
from amapress_py.mail.models import MailTemplate
from amapress_py.mail.outbox import Recipient

MENU = (Entry(_l("Site"), _l("Textes des courriels"), "mail_wording.texts"),)

GROUPS = {  # by the folder of their templates
    "exchange": _l("Espace intermittents"),
    "sheets": _l("Distributions"),
    "duty": _l("Permanences"),
    "contracts": _l("Contrats"),
    "events": _l("Événements"),
}
OTHERS = _l("Autres courriels")

bp = Blueprint("mail_wording", __name__, url_prefix="/admin/textes-des-courriels")
only_admins = requires(Role.ADMIN)


class WordingForm(Form):
    """Subject and text of a mail, with placeholders."""

    objet = StringField(
        _l("Objet"),
        [required(_l("Donnez un objet.")), at_most(wording.MOST_SUBJECT)],
        filters=[one_line],
        render_kw={"maxlength": wording.MOST_SUBJECT},
    )
    texte = TextAreaField(
        _l("Texte"),
        [required(_l("Donnez un texte.")), at_most(wording.MOST_BODY)],
        filters=[several_lines],
        render_kw={"rows": 18, "maxlength": wording.MOST_BODY},
    )


@bp.get("")
@only_admins
def texts() -> ResponseReturnValue:
    """List the mails that can be reworded."""
    own = set(db.session().scalars(select(MailTemplate.event)))
    groups: dict[str, dict[str, Any]] = {}
    for event, title in wording.wordings().events.items():
        group = str(GROUPS.get(event.partition("/")[0], OTHERS))
        groups.setdefault(group, {})[event] = title
    return render_template("admin/mail/texts.html", groups=groups, own=own)


@bp.get("/<path:event>")
@only_admins
def text(event: str) -> ResponseReturnValue:
    """Show the text of a mail, ours or the one it comes with."""
    wording.title(event)
    subject, body = wording.own(event) or rendering.original(event)
    return _page(event, WordingForm(formdata=None, data={"objet": subject, "texte": body}))


def _page(event: str, form: WordingForm, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "admin/mail/text.html",
        event=event,
        title=wording.title(event),
        form=form,
        words=wording.words_of(event, rendering.original),
        is_own=wording.own(event) is not None,
        original=rendering.original(event),
    )
    return page, status


@bp.post("/<path:event>")
@only_admins
def save(event: str) -> ResponseReturnValue:
    """Keep the text, show it, or send it to the admin who wrote it: as the button says."""
    wording.title(event)
    form = WordingForm()
    act = request.form.get("action", "")
    if act == "original":
        return _forget(event)
    if not form.validate():
        return _page(event, form, 422)
    if act == "apercu":
        return html_part_of(_sample(form).html)
    try:
        with db.transaction() as session:
            if act == "essai":
                wording.check(event, form.objet.data, form.texte.data, rendering.original)
                outbox.post_draft(session, event, _me(), _sample(form))
            else:
                wording.reword(
                    session,
                    event,
                    form.objet.data,
                    form.texte.data,
                    viewer().person_id,
                    rendering.original,
                )
    except DomainError as refusal:
        form.form_errors.append(str(refusal))
        return _page(event, form, refusal.status)
    if act == "essai":
        flash(_("L’essai part à %(address)s.", address=viewer().email), "success")
        return _page(event, form)
    flash(_("Le texte est enregistré."), "success")
    return redirect(url_for(".text", event=event), 303)


def _forget(event: str) -> ResponseReturnValue:
    with db.transaction() as session:
        wording.back_to_original(session, event)
    flash(_("Le courriel a de nouveau son texte d’origine."), "success")
    return redirect(url_for(".text", event=event), 303)


def _sample(form: WordingForm) -> rendering.Draft:
    return rendering.reworded(form.objet.data, form.texte.data, wording.samples())


class NoAddress(DomainError):
    """The admin has no address to try a mail on."""

    message = _l("Votre fiche n’a pas d’adresse mail : ajoutez-la d’abord.")


def _me() -> Recipient:
    who = viewer()
    if not who.email:
        raise NoAddress
    return Recipient(who.email, who.name, who.person_id)
