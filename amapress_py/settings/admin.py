"""The screen of settings, made from what `Settings` declares; administrators only."""

import json
from dataclasses import Field, fields
from functools import cache
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, EmailField, IntegerField, StringField, TextAreaField
from wtforms.validators import Optional, StopValidation, ValidationError

from amapress_py import db, settings
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.forms import Address, Form, at_most, one_line, required, several_lines
from amapress_py.accounts.models import Role
from amapress_py.i18n import _, _l
from amapress_py.settings import (
    ELSEWHERE,
    SECTIONS,
    SetMeanwhile,
    Settings,
    engagement,
    origins,
    periods,
)

MENU = (Entry(_l("Site"), _l("Réglages"), "settings_admin.edit"),)
LONGEST = 200
LONGEST_ENGAGEMENT = 5000
LONGEST_SEEN = 10_000
LONGEST_LIST = 2000  # it becomes a header, for which servers have little room

bp = Blueprint("settings_admin", __name__, url_prefix="/admin/reglages")
only_admins = requires(Role.ADMIN)


def shown() -> list[Field[Any]]:
    """Return the settings of this screen."""
    return [one for one in fields(Settings) if one.metadata["section"] not in ELSEWHERE]


class WholeNumber:
    """Refuse anything but a whole number within bounds, in one sentence."""

    field_flags = {"required": True}

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def __call__(self, form: Form, field: Any) -> None:
        """Raise StopValidation."""
        if field.data is None or not self.least <= field.data <= self.most:
            field.errors[:] = []  # the library's own words for "no number"
            text = _("Un nombre entier de %(least)s à %(most)s.", least=self.least, most=self.most)
            raise StopValidation(text)


def _number(one: Field[Any], **labels: Any) -> IntegerField:
    least, most = one.metadata["least"], one.metadata["most"]
    attributes = {"min": least, "max": most}
    return IntegerField(validators=[WholeNumber(least, most)], render_kw=attributes, **labels)


def _text(one: Field[Any], **labels: Any) -> StringField:
    check = required() if one.default else Optional()
    return StringField(
        validators=[check, at_most(LONGEST)],
        filters=[one_line],
        render_kw={"maxlength": LONGEST},
        **labels,
    )


def _email(**labels: Any) -> EmailField:
    return EmailField(
        validators=[Optional(), Address()],
        filters=[one_line],
        render_kw={"maxlength": 254},
        **labels,
    )


class Sites:
    """Refuse lines that are no site's bare address; keep the others as browsers write them."""

    def __call__(self, form: Form, field: Any) -> None:
        """Raise ValidationError with what to write instead."""
        typed = origins.lines(field.data or "")
        if len(typed) > origins.MOST_SITES:
            raise ValidationError(_("%(most)s sites au plus.", most=origins.MOST_SITES))
        refused = [self._refusal(line) for line in typed if not origins.origins(line)]
        if refused:
            raise ValidationError(" ".join(refused))
        field.data = "\n".join(origins.origins(field.data or ""))

    def _refusal(self, line: str) -> str:
        meant = origins.meant(line)
        shown = line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
        if meant:
            return _("« %(line)s » : écrivez seulement « %(meant)s ».", line=shown, meant=meant)
        return _("« %(line)s » n’est pas l’adresse d’un site.", line=shown)


def _sites(**labels: Any) -> TextAreaField:
    return TextAreaField(
        validators=[Optional(), at_most(LONGEST_LIST), Sites()],
        filters=[several_lines],
        render_kw={"maxlength": LONGEST_LIST, "rows": 4, "spellcheck": "false"},
        **labels,
    )


class Periods:
    """Refuse lines that are no period with a name."""

    def __call__(self, form: Form, field: Any) -> None:
        """Raise ValidationError with the wrong line."""
        typed = periods.lines(field.data or "")
        if len(typed) > periods.MOST_PERIODS:
            raise ValidationError(_("%(most)s périodes au plus.", most=periods.MOST_PERIODS))
        for line in typed:
            try:
                periods.period(line)
            except ValueError as error:
                raise ValidationError(
                    _("« %(line)s » n’est pas une période comme « Toussaint : 17/10/2026 – "
                      "01/11/2026 ».", line=error)
                ) from error  # fmt: skip


def _periods(**labels: Any) -> TextAreaField:
    return TextAreaField(
        validators=[Optional(), at_most(LONGEST_LIST), Periods()],
        filters=[several_lines],
        render_kw={"maxlength": LONGEST_LIST, "rows": 5, "spellcheck": "false"},
        **labels,
    )


class KnownWords:
    """Refuse placeholders that an engagement does not know."""

    def __call__(self, form: Form, field: Any) -> None:
        """Raise ValidationError with the unknown ones."""
        wrong = engagement.unknown(field.data or "")
        if wrong:
            raise ValidationError(_("Inconnu : %(words)s.", words=", ".join(wrong)[:LONGEST]))


def _engagement(**labels: Any) -> TextAreaField:
    return TextAreaField(
        validators=[Optional(), at_most(LONGEST_ENGAGEMENT), KnownWords()],
        filters=[several_lines],
        render_kw={"maxlength": LONGEST_ENGAGEMENT, "rows": 10},
        **labels,
    )


def _form_field(one: Field[Any]) -> Any:
    """Return the form field of a setting: its type and name say which."""
    labels = {"label": one.metadata["label"], "description": one.metadata["help"]}
    if isinstance(one.default, bool):
        return BooleanField(**labels)
    if isinstance(one.default, int):
        return _number(one, **labels)
    if one.name.endswith("_email"):
        return _email(**labels)
    if one.name.endswith("_sites"):
        return _sites(**labels)
    if one.name.endswith("_holidays"):
        return _periods(**labels)
    if one.name == "engagement_text":
        return _engagement(**labels)
    return _text(one, **labels)


@cache
def form_class() -> type[Form]:
    """Return the form of every setting."""
    return type("SettingsForm", (Form,), {one.name: _form_field(one) for one in shown()})


def _marks() -> dict[str, str]:
    now = settings.current()
    return {one.name: settings.mark(getattr(now, one.name)) for one in shown()}


def _seen() -> dict[str, Any]:
    """Return the marks of what the form showed; empty for what is altered."""
    typed = request.form.get("seen", "")
    if len(typed) > LONGEST_SEEN:
        return {}
    try:
        found = json.loads(typed)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _tell(form: Form, disputed: list[str], seen: dict[str, Any]) -> None:
    """Show the present settings, but those that this admin changed too, and say so."""
    now = settings.current()
    for one in shown():
        field, value = form[one.name], getattr(now, one.name)
        if one.name in disputed:
            said = _("oui") if value is True else _("non") if value is False else value
            what = _("Changé aussi par quelqu’un d’autre : « %(what)s ».", what=said)
            field.errors = [*field.errors, what]
        elif seen.get(one.name) == settings.mark(field.data):
            field.data = value


def _page(form: Form, status: int = 200, seen: dict[str, Any] | None = None) -> ResponseReturnValue:
    sections = {
        title: [form[one.name] for one in shown() if one.metadata["section"] == key]
        for key, title in SECTIONS.items()
    }
    page = render_template(
        "admin/settings/edit.html",
        form=form,
        sections=sections,
        seen=json.dumps(_marks() if seen is None else seen),
    )
    return page, status


@bp.get("/")
@only_admins
def edit() -> ResponseReturnValue:
    """Show every setting."""
    return _page(form_class()(obj=settings.current()))


@bp.post("/")
@only_admins
def save() -> ResponseReturnValue:
    """Keep what was set."""
    form = form_class()()
    if not form.validate_on_submit():
        return _page(form, 422, _seen())
    values = {one.name: form[one.name].data for one in shown()}
    seen = _seen()
    try:
        with db.transaction() as session:
            settings.save(session, values, seen)
    except SetMeanwhile as refusal:
        form.form_errors.append(str(refusal))
        _tell(form, refusal.disputed, seen)
        return _page(form, refusal.status)
    flash(_("Les réglages sont enregistrés."), "success")
    return redirect(url_for("settings_admin.edit"), 303)
