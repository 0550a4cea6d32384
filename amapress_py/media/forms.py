"""Forms about images."""

from typing import Any

from flask import request
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, StringField
from wtforms.validators import ValidationError

from amapress_py.accounts.forms import Form, at_most, one_line
from amapress_py.i18n import _, _l
from amapress_py.media.rules import ACCEPTED, MOST_ALT, NoFile, SeveralFiles


class AltForm(Form):
    """What an image shows, in words; or that it only decorates."""

    alt = StringField(
        _l("Texte alternatif"),
        [at_most(MOST_ALT)],
        id="image-alt",
        filters=[one_line],
        description=_l(
            "Ce que l’image montre, en quelques mots, pour qui ne la voit pas :"
            " « Deux paniers de légumes d’automne »."
        ),
        render_kw={"maxlength": MOST_ALT, "autocomplete": "off"},
    )
    decorative = BooleanField(
        _l("Image décorative"),
        id="image-decorative",
        description=_l("Elle n’apprend rien à personne : pas de texte alternatif."),
    )

    def validate_alt(self, field: Any) -> None:
        """Refuse an image that says nothing to who does not see it, unless it is meant so."""
        if self.decorative.data:
            field.data = ""
        elif not field.data:
            raise ValidationError(
                _("Dites en quelques mots ce que l’image montre, ou cochez « Image décorative ».")
            )


class UploadForm(AltForm):
    """A new image; the file comes first."""

    file = FileField(
        _l("Fichier"),
        [FileRequired(NoFile.message)],
        id="image-file",
        description=_l("JPEG, PNG, WebP ou GIF, 15 Mo au plus. Le site la réduit lui-même."),
        render_kw={"accept": ACCEPTED},
    )

    def validate_file(self, field: Any) -> None:
        """Refuse a second file."""
        if len(request.files.getlist("file")) > 1:
            raise ValidationError(str(SeveralFiles()))
