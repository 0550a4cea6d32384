"""Forms about persons; also what every form of ours starts from."""

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import SUBMIT_METHODS, _Auto
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import (
    BooleanField,
    EmailField,
    FileField,
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from amapress_py import web
from amapress_py.accounts import passwords
from amapress_py.accounts.addresses import normalised
from amapress_py.i18n import _, _l

MOST_TYPED = 20_000  # more than any field keeps: its own limit is told, nothing is cut


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Any form of ours: errors of the whole form, French words."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Where a form's values come from."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Give files to fields for files alone: one sent in the place of a text is nothing."""
            if formdata is not _Auto:
                return super().wrap_formdata(form, formdata)
            if request.method not in SUBMIT_METHODS:
                return None
            names = [name for name, one in form._fields.items() if isinstance(one, FileField)]
            files = MultiDict((name, one) for name in names for one in request.files.getlist(name))
            return CombinedMultiDict((files, request.form)) if files or request.form else None


def one_line(text: str | None) -> str:
    """Return a line without control characters or double spaces."""
    return " ".join(web.clean_text(text or "", MOST_TYPED).split())


def several_lines(text: str | None) -> str:
    """Return a text without control characters."""
    return web.clean_text(text or "", MOST_TYPED)


def required(message: Any = None) -> DataRequired:
    """Refuse an empty field."""
    return DataRequired(message or _l("À remplir."))


def at_most(signs: int) -> Length:
    """Refuse what the database could not keep."""
    return Length(max=signs, message=_l("%(max)d signes au maximum."))


class Address:
    """Refuse what is no mail address, and keep the others in their one spelling."""

    def __call__(self, form: Any, field: Any) -> None:
        """Normalise the field's data; raise ValidationError."""
        try:
            field.data = normalised(field.data or "")
        except ValueError as error:
            raise ValidationError(str(error)) from error


def _line(label: Any, most: int, *checks: Any, kind: Any = StringField, **hints: str) -> Any:
    validators = [*(checks or (Optional(),)), at_most(most)]
    attributes = {"maxlength": most, **hints}
    return kind(label, validators, filters=[one_line], render_kw=attributes)


def _password(label: Any, *checks: Any, autocomplete: str) -> Any:
    return PasswordField(
        label,
        [required(), at_most(passwords.MOST), *checks],
        render_kw={"autocomplete": autocomplete, "maxlength": passwords.MOST},
    )


def _email(label: Any, *checks: Any, autocomplete: str = "email") -> Any:
    return EmailField(
        label,
        [*checks, Address()],
        filters=[one_line],
        render_kw={"autocomplete": autocomplete, "maxlength": 254},
    )


def _new_password() -> Any:
    least = Length(
        min=passwords.LEAST,
        message=_l("Au moins %(min)d signes : une phrase que vous retenez convient bien."),
    )
    return _password(_l("Nouveau mot de passe"), least, autocomplete="new-password")


class _Twice:
    """Two fields for one new password."""

    new = _new_password()
    again = _password(_l("Encore une fois, pour éviter une faute"), autocomplete="new-password")

    def validate_again(self, field: Any) -> None:
        """Refuse two different passwords."""
        if field.data != self.new.data:
            raise ValidationError(_("Les deux mots de passe sont différents."))


class LogInForm(Form):
    """Address and password; neither says what was wrong."""

    email = StringField(
        _l("Adresse mail"),
        [required(), at_most(254)],
        filters=[one_line],
        render_kw={
            "autocomplete": "username",
            "inputmode": "email",
            "autocapitalize": "none",
            "spellcheck": "false",
            "maxlength": 254,
        },
    )
    password = _password(_l("Mot de passe"), autocomplete="current-password")
    suite = HiddenField()


class ForgottenForm(Form):
    """The address to which the link for a new password goes."""

    email = _email(_l("Adresse mail"), required())


class ChoosePasswordForm(_Twice, Form):
    """A first or another password, by a mailed link."""


class ChangePasswordForm(_Twice, Form):
    """Another password, by who knows the present one."""

    current = _password(_l("Mot de passe actuel"), autocomplete="current-password")


class ProofForm(Form):
    """What only the person himself may do, by who knows the present password."""

    current = _password(_l("Mot de passe actuel"), autocomplete="current-password")


class NewEmailForm(Form):
    """Another log-in, confirmed by a link."""

    email = _email(_l("Nouvelle adresse mail"), required())
    current = _password(_l("Mot de passe actuel"), autocomplete="current-password")


class FurtherAddressForm(Form):
    """A further address for mail, confirmed by a link."""

    email = _email(_l("Adresse mail à ajouter"), required(), autocomplete="off")


class ProfileForm(Form):
    """What a person says of himself."""

    first_name = _line(_l("Prénom"), 100, required(), autocomplete="given-name")
    last_name = _line(_l("Nom"), 100, required(), autocomplete="family-name")
    phone = _line(_l("Téléphone"), 40, kind=TelField, autocomplete="tel")
    other_phone = _line(_l("Autre téléphone"), 40, kind=TelField, autocomplete="off")
    address = TextAreaField(
        _l("Adresse"),
        [at_most(500)],
        filters=[several_lines],
        render_kw={"rows": 3, "autocomplete": "street-address", "maxlength": 500},
    )


class PersonForm(Form):
    """What an administrator keeps of a person."""

    first_name = _line(_l("Prénom"), 100, required(), autocomplete="off")
    last_name = _line(_l("Nom"), 100, required(), autocomplete="off")
    email = EmailField(
        _l("Adresse mail"),
        [Optional(), Address()],
        filters=[one_line],
        description=_l(
            "La personne se connecte avec elle. Vide : elle ne reçoit aucun message"
            " et sera prévenue par téléphone."
        ),
        render_kw={"autocomplete": "off", "maxlength": 254},
    )
    phone = _line(_l("Téléphone"), 40, kind=TelField, autocomplete="off")
    other_phone = _line(_l("Autre téléphone"), 40, kind=TelField, autocomplete="off")
    address = TextAreaField(
        _l("Adresse"),
        [at_most(500)],
        filters=[several_lines],
        render_kw={"rows": 3, "autocomplete": "off", "maxlength": 500},
    )


class NewPersonForm(PersonForm):
    """A new person, invited at once or later."""

    invite = BooleanField(_l("Envoyer tout de suite l’invitation à choisir un mot de passe"))


class RoleForm(Form):
    """One role with its scope; the choices are filled in by the view."""

    role = SelectField(_l("Rôle"), validate_choice=True)
