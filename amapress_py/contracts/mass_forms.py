"""One form for each mass operation: what a référent chooses, and the operation that it makes."""

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import BooleanField, RadioField, SelectField, ValidationError
from wtforms.validators import InputRequired

from amapress_py import clock
from amapress_py.accounts.forms import Form
from amapress_py.contracts import rules
from amapress_py.contracts.book import Book, JokerRules
from amapress_py.contracts.forms import TO_FILL, Ticks, price_field, whole_field
from amapress_py.contracts.holidays import Plans, plans
from amapress_py.contracts.models import DateKind, Weeks
from amapress_py.contracts.operations import (
    Act,
    AddDates,
    ChangeJokers,
    ChangePrice,
    ChangeRules,
    Cross,
    DeleteDates,
    Jokers,
    MoveDates,
    Outside,
    Uncross,
)
from amapress_py.deliveries.forms import Day, text_field
from amapress_py.i18n import WEEKDAYS, _, _l, long_date, short_date

MOST_DAYS = 99
JOKERS = {
    Jokers.DROP: _l("supprimé (l’adhérent reçoit son panier et peut poser un autre joker)"),
    Jokers.FOLLOW: _l("suit la livraison"),
}
OUTSIDES = {
    Outside.DROP: _l("ne pas livrer ce panier (le montant baisse)"),
    Outside.KEEP: _l("livrer quand même ce panier"),
}
WEEKS = {Weeks.EVEN: _l("les semaines paires"), Weeks.ODD: _l("les semaines impaires")}
SHIFT, SWAP = "1", "2"
_WEEK = tuple(enumerate(WEEKDAYS))
RULES_TITLE = _l("Jours de livraison des produits")
RULES_HELP = _l("« Le mardi », « les semaines paires » : les autres dates sont barrées.")


def _day_choices(book: Book, date_ids: Iterable[int]) -> list[tuple[int, str]]:
    return [
        (key, long_date(book.dates[key].date))
        for key in sorted(date_ids, key=lambda key: book.dates[key].date)
    ]


def _next_delivery(book: Book) -> int | None:
    """Return the first delivery to come: the likeliest to be changed."""
    coming = (key for key in book.open_dates if book.deliveries[key] >= clock.today())
    return next(coming, None)


def item_choices(book: Book) -> list[tuple[int, str]]:
    """Return the products with their names, in their order."""
    return [(key, book.items[key].name) for key in book.ordered()]


def _ticked(field: Any) -> list[int]:
    return list(field.data or [])


class OperationForm(Form):
    """A form that makes an operation for a book."""

    title: Any = ""
    help: Any = ""

    def fit(self, book: Book, gives_usual: bool) -> None:
        """Offer what the book has; an abonnement gives usual quantities."""

    def act(self, book: Book) -> Act:
        """Return the operation; raise Refused."""
        raise NotImplementedError


class Moving(OperationForm):
    """What becomes of jokers and of who was not there, when deliveries move."""

    jokers = RadioField(
        _l("Un joker posé sur une livraison déplacée"),
        choices=lambda: [(key.value, str(label)) for key, label in JOKERS.items()],
        default=Jokers.DROP.value,
    )
    outside = RadioField(
        _l("Un panier qui tomberait avant l’arrivée d’un adhérent, ou après son départ"),
        choices=lambda: [(key.value, str(label)) for key, label in OUTSIDES.items()],
        default=Outside.DROP.value,
    )

    def moving(self, moves: Any) -> MoveDates:
        """Return the moves with what was chosen."""
        return MoveDates(moves, Jokers(self.jokers.data), Outside(self.outside.data))


class MoveForm(Moving):
    """Move one date."""

    title = _l("Déplacer une date de livraison")
    help = _l("Avancer ou reporter une livraison : les commandes suivent.")
    date_id = SelectField(_l("Livraison à déplacer"), coerce=int)
    day = Day(_l("Nouvelle date"), [InputRequired(TO_FILL)])

    def fit(self, book: Book, gives_usual: bool) -> None:
        """Offer the deliveries."""
        self.date_id.choices = _day_choices(book, book.deliveries)
        if self.date_id.raw_data is None:  # not asked yet
            self.date_id.data = _next_delivery(book)

    def act(self, book: Book) -> Act:
        """Move it."""
        return self.moving([(self.date_id.data, self.day.data)])


class HolidayForm(Moving):
    """The producer's real holidays."""

    title = _l("Décaler les vacances du producteur")
    help = _l("Les congés réels ne sont pas ceux qui étaient réservés : deux façons de faire.")
    slots = Ticks(_l("Congés réservés"), coerce=int)
    real = Ticks(_l("Congés réels : les livraisons qui n’auront pas lieu à leur date"), coerce=int)
    method = RadioField(_l("Méthode"), choices=lambda: [(SHIFT, "1"), (SWAP, "2")], default=SHIFT)
    crossed: Sequence[str] = ()  # days that may have been crossed out for holidays

    def fit(self, book: Book, gives_usual: bool) -> None:
        """Offer the reserved days and the deliveries; one reserved day is the one."""
        held = [key for key in book.dates if key not in book.deliveries]
        self.crossed = [
            short_date(day) for key, day in book.deliveries.items() if book.is_crossed(key)
        ]
        self.slots.choices = _day_choices(book, held)
        self.real.choices = _day_choices(book, book.deliveries)
        if len(held) == 1 and self.slots.data is None:
            self.slots.data = held

    def plans(self, book: Book) -> Plans:
        """Return both methods; raise Refused."""
        real = [book.deliveries[key] for key in _ticked(self.real)]
        return plans(book, _ticked(self.slots), real)

    def both(self, book: Book) -> dict[str, Act]:
        """Return the operation of each method."""
        both = self.plans(book)
        return {SHIFT: self.moving(both.shift), SWAP: self.moving(both.swap)}

    def act(self, book: Book) -> Act:
        """Return the chosen method."""
        return self.both(book)[self.method.data]


class CellsForm(OperationForm):
    """Some dates, some products."""

    date_ids = Ticks(_l("Dates"), coerce=int)
    item_ids = Ticks(
        _l("Produits"), coerce=int, description=_l("Rien de coché : tous les produits.")
    )

    def fit(self, book: Book, gives_usual: bool) -> None:
        """Offer all deliveries and products."""
        self.date_ids.choices = _day_choices(book, book.deliveries)
        self.item_ids.choices = item_choices(book)

    def validate_date_ids(self, field: Any) -> None:
        """Ask for one date at least."""
        if not field.data:
            raise ValidationError(_("Choisissez au moins une date."))

    def items(self, book: Book) -> list[int]:
        """Return the chosen products; none ticked: all."""
        return _ticked(self.item_ids) or list(book.items)


class CrossForm(CellsForm):
    """Cross dates out."""

    title = _l("Barrer des dates")
    help = _l("Ces produits ne sont pas livrés à ces dates, et ne sont pas payés.")

    def act(self, book: Book) -> Act:
        """Cross out."""
        return Cross(_ticked(self.date_ids), self.items(book))


class UncrossForm(CellsForm):
    """Take crosses away."""

    title = _l("Rétablir des dates barrées")
    help = _l("Ces produits sont livrés après tout.")
    usual = BooleanField(_l("Les abonnés reçoivent leur quantité habituelle"), default=False)

    def fit(self, book: Book, gives_usual: bool) -> None:
        """Offer the dates with a crossed cell."""
        super().fit(book, gives_usual)
        crossed = {date_id for date_id, _item in book.bars}
        days = _day_choices(book, crossed & book.deliveries.keys())
        if any(item.weekday is not None or item.weeks for item in book.items.values()):
            days = [
                (key, _("%(day)s (tout est barré)", day=day) if book.is_crossed(key) else day)
                for key, day in days
            ]
            self.item_ids.description = _(
                "Rien de coché : tous les produits dont c’est le jour de livraison."
            )
        self.date_ids.choices = days
        if not gives_usual:
            del self.usual

    def act(self, book: Book) -> Act:
        """Uncross."""
        usual = "usual" in self and bool(self.usual.data)
        keeps_rules = not _ticked(self.item_ids)
        return Uncross(_ticked(self.date_ids), self.items(book), usual, keeps_rules)


class CancelForm(OperationForm):
    """Cancel one delivery."""

    title = _l("Annuler une livraison")
    help = _l("Tout est barré à cette date : rien n’est livré ni payé.")
    date_id = SelectField(_l("Livraison à annuler"), coerce=int)

    def fit(self, book: Book, gives_usual: bool) -> None:
        """Offer the deliveries."""
        self.date_id.choices = _day_choices(book, book.open_dates)
        if self.date_id.raw_data is None:  # not asked yet
            self.date_id.data = _next_delivery(book)

    def act(self, book: Book) -> Act:
        """Cross every product out."""
        return Cross([self.date_id.data], list(book.items))


class DeleteForm(OperationForm):
    """Delete crossed dates."""

    title = _l("Supprimer des dates barrées")
    help = _l("Pour libérer leur jour. Un congé réservé se supprime aussi.")
    date_ids = Ticks(_l("Dates barrées et congés réservés"), coerce=int)

    def fit(self, book: Book, gives_usual: bool) -> None:
        """Offer dates that deliver nothing."""
        self.date_ids.choices = _day_choices(book, set(book.dates) - set(book.open_dates))

    def validate_date_ids(self, field: Any) -> None:
        """Ask for one date at least."""
        if not field.data:
            raise ValidationError(_("Choisissez au moins une date."))

    def act(self, book: Book) -> Act:
        """Delete."""
        return DeleteDates(_ticked(self.date_ids))


class AddForm(OperationForm):
    """Add dates, or reserve holidays."""

    title = _l("Ajouter des dates")
    help = _l("Des livraisons, ou des congés que le producteur réserve.")
    dates = text_field(_l("Dates"), 1000, _l("Une par ligne, par exemple 04/10/2026."))
    kind = RadioField(
        _l("Ce sont"),
        choices=lambda: [
            (DateKind.DELIVERY.value, _("des livraisons")),
            (DateKind.HOLIDAY.value, _("des congés réservés par le producteur")),
        ],
        default=DateKind.DELIVERY.value,
    )
    usual = BooleanField(_l("Les abonnés reçoivent leur quantité habituelle"), default=False)

    def fit(self, book: Book, gives_usual: bool) -> None:
        """Abonnements alone have usual quantities."""
        if not gives_usual:
            del self.usual

    def validate_dates(self, field: Any) -> None:
        """Refuse what is no date, and an empty list."""
        try:
            found = rules.parse_dates(field.data or "")
        except rules.Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        if not found:
            raise ValidationError(str(TO_FILL))

    def act(self, book: Book) -> Act:
        """Add."""
        usual = "usual" in self and bool(self.usual.data)
        return AddDates(rules.parse_dates(self.dates.data), DateKind(self.kind.data), usual)


class PriceForm(OperationForm):
    """Change a price."""

    title = _l("Changer un prix à partir d’une date")
    help = _l("Les livraisons d’avant gardent leur prix.")
    item_id = SelectField(_l("Produit"), coerce=int)
    since = Day(_l("À partir du"), [InputRequired(TO_FILL)])
    price: Any = price_field()

    def fit(self, book: Book, gives_usual: bool) -> None:
        """Offer the products."""
        self.item_id.choices = item_choices(book)

    def act(self, book: Book) -> Act:
        """Change it."""
        return ChangePrice(self.item_id.data, self.since.data, self.price.data)


class JokersForm(OperationForm):
    """Change the rules of jokers."""

    title = _l("Changer les règles des jokers")
    help = _l("Combien un abonné peut sauter de livraisons, et jusqu’à quand.")
    least = whole_field(_l("Minimum"), rules.MOST_QUANTITY)
    most = whole_field(_l("Maximum"), rules.MOST_QUANTITY)
    mode = RadioField(
        _l("Ils sont"),
        choices=lambda: [("fixe", _("fixés à l’inscription")), ("libre", _("libres"))],
        default="fixe",
    )
    delay = whole_field(_l("Délai, en jours avant la livraison"), MOST_DAYS)

    def fit(self, book: Book, gives_usual: bool) -> None:
        """Show the present rules."""
        now = book.joker_rules
        if not self.is_sent:
            self.least.data, self.most.data, self.delay.data = now.least, now.most, now.delay_days
            self.mode.data = "libre" if now.is_free else "fixe"

    @property
    def is_sent(self) -> bool:
        """Tell whether something was typed."""
        return bool(self.mode.raw_data)

    def act(self, book: Book) -> Act:
        """Change them."""
        is_free = self.mode.data == "libre"
        return ChangeJokers(JokerRules(self.least.data, self.most.data, is_free, self.delay.data))


def weekday_choices() -> list[tuple[int, str]]:
    """Return all days (-1), and each weekday."""
    return [(-1, _("tous les jours")), *((n, _("le %(day)s", day=day)) for n, day in _WEEK)]


def week_choices() -> list[tuple[str, str]]:
    """Return all weeks, the even and the odd ones."""
    every = ("", _("toutes les semaines"))
    return [every, *((one.value, str(label)) for one, label in WEEKS.items())]


def rule_of(day: int, weeks: str) -> tuple[int | None, Weeks | None]:
    """Return the rule that was chosen in the two lists."""
    return (None if day < 0 else day, Weeks(weeks) if weeks else None)


def rules_form(book: Book) -> type[OperationForm]:
    """Return a form with a weekday and a parity for each product."""

    class RulesForm(OperationForm):
        def act(self, book: Book) -> Act:
            """Change them."""
            wanted = {}
            for key in book.items:
                wanted[key] = rule_of(self[f"day_{key}"].data, self[f"weeks_{key}"].data)
            return ChangeRules(wanted)

    for key, name in item_choices(book):
        item = book.items[key]
        day = SelectField(
            _("%(name)s : jour", name=name),
            coerce=int,
            choices=weekday_choices,
            default=-1 if item.weekday is None else item.weekday,
        )
        weeks = SelectField(
            _("%(name)s : semaines", name=name),
            choices=week_choices,
            default=item.weeks.value if item.weeks else "",
        )
        setattr(RulesForm, f"day_{key}", day)
        setattr(RulesForm, f"weeks_{key}", weeks)
    return RulesForm


FORMS: dict[str, type[OperationForm]] = {
    "deplacer": MoveForm,
    "vacances": HolidayForm,
    "barrer": CrossForm,
    "retablir": UncrossForm,
    "annuler": CancelForm,
    "supprimer": DeleteForm,
    "ajouter": AddForm,
    "prix": PriceForm,
    "jokers": JokersForm,
}
RULES = "jours"
