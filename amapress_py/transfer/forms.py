"""The form of a file to import."""

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField

from amapress_py.accounts.forms import Form
from amapress_py.i18n import _l

PAGES = ".zip,.html,.xml"


class UploadForm(Form):
    """A file in front; what only some need is folded away."""

    file = FileField(
        _l("Fichier à importer"),
        description=_l(
            "Un ZIP fait par « Exporter toutes les pages », une page .html, ou l’export de"
            " WordPress (.xml). 20 Mo au plus."
        ),
        validators=[FileRequired(_l("Choisissez un fichier."))],
        render_kw={"accept": PAGES},
    )
    images = FileField(
        _l("Images de l’ancien site (ZIP)"),
        description=_l(
            "Avec un export de WordPress : un ZIP du dossier wp-content/uploads. Les images que"
            " montrent les pages y sont prises."
        ),
        render_kw={"accept": ".zip"},
    )
    replaces = BooleanField(
        _l("Remplacer aussi les pages modifiées ici"),
        description=_l("Leur texte d’avant reste dans leur historique."),
    )
