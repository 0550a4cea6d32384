"""Who comes in a member's place."""

from wtforms import StringField, TelField
from wtforms.validators import Optional

from amapress_py.accounts.forms import Form, at_most, one_line, required
from amapress_py.i18n import _l


class PassForm(Form):
    """A name to call at the table, and perhaps a phone."""

    nom = StringField(
        _l("Son prénom et son nom"),
        [required(_l("Dites qui vient à votre place.")), at_most(100)],
        filters=[one_line],
        render_kw={"maxlength": 100, "autocomplete": "off"},
    )
    telephone = TelField(
        _l("Son téléphone (facultatif)"),
        [Optional(), at_most(40)],
        filters=[one_line],
        render_kw={"maxlength": 40, "autocomplete": "off"},
    )
