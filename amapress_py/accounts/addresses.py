"""Mail addresses: the one spelling that is kept, compared and written to."""

from email_validator import EmailNotValidError, validate_email

from amapress_py.i18n import _

MOST = 254


def normalised(text: str) -> str:
    """Return the address in lower case with an ASCII domain; raise ValueError with why not."""
    try:
        found = validate_email(
            text.strip()[: MOST + 1],
            check_deliverability=False,
            allow_smtputf8=False,
            test_environment=True,  # the demo's addresses end in .test
        )
    except EmailNotValidError as error:
        raise ValueError(
            _("Cette adresse n’est pas valable : elle s’écrit comme prenom.nom@exemple.fr.")
        ) from error
    address = (found.ascii_email or found.normalized).lower()
    if len(address) > MOST:
        raise ValueError(_("Cette adresse est trop longue."))
    return address
