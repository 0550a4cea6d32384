"""Euros as whole cents."""

from decimal import Decimal, InvalidOperation

Cents = int
MOST = 10**9  # ten million euros; checked before the exact number is worked out


def euros(cents: Cents) -> str:
    """Return French text with a no-break space: 1000 -> "10,00 €", -50 -> "-0,50 €"."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    grouped = f"{whole:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{sign}{grouped},{rest:02d}\N{NO-BREAK SPACE}€"


def parse_euros(text: str) -> Cents:
    """Read "10", "10,5" or "1 000,00 €" as cents; raise ValueError for anything else."""
    plain = "".join(text.split()).removesuffix("€").replace(",", ".")
    try:
        amount = Decimal(plain) * 100
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not amount.is_finite() or abs(amount) > MOST or amount != int(amount):
        raise ValueError(text)
    return int(amount)
