"""La synthèse des distributions en une page: members × dates × products of a contract."""

import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from amapress_py.contracts.claims import Cell
from amapress_py.i18n import _, ngettext, short_date
from amapress_py.money import euros
from amapress_py.sheets.contract_queries import Member, Season
from amapress_py.sheets.papers import Kind, amount, joined, made_on, printed
from amapress_py.workbooks import A3, EUROS, Book, letters

JOKER = "J"
LATE = "·"
SPACE = "\N{NO-BREAK SPACE}"
WORDS = re.compile("[ \n]")  # what stands between the words of a cell: not SPACE
MOST_IN_LINE = 3
WORD = re.compile(r"[^\W_][\w/]*")
PAPERS = {"a4": (210, 297), "a3": (297, 420), "a2": (420, 594), "a1": (594, 841), "a0": (841, 1189)}
SMALLEST, LARGEST = 0.7, 1.3  # of text of seven points, so that it fills a sheet
MARGIN, HEADER = 10, 30  # mm
CHARACTER, LINE, PADDING = 1.35, 2.75, 2.3  # mm, of text of seven points
LEAST_COLUMN, NAMES, TOTAL = 8, 46, 20  # mm
FIRST = 8  # number (from 1) of the first member's row in the workbook
LEFT = 5  # columns before the totals by product: names, place, remark, deliveries, jokers


def codes(names: Mapping[int, str]) -> dict[int, str]:
    """Return a short name for each product: "Petit Panier Mardi" -> "PPM"."""
    made: dict[int, str] = {}
    for key, name in names.items():
        short = "".join(_initial(word) for word in WORD.findall(name))[:6] or "P"
        taken = {one.casefold() for one in made.values()}
        further = (f"{short}.{number}" for number in range(2, len(names) + 2))
        made[key] = next(one for one in (short, *further) if one.casefold() not in taken)
    return made


def _initial(word: str) -> str:
    """Return the first letter of a word; numbers and "PP" stay whole, "de" goes."""
    if word[0].isdigit() or (word.isupper() and len(word) < 4):
        return word
    return "" if word.islower() and len(word) < 3 else word[0].upper()


def _counted(number: int, code: str) -> str:
    """Return "GP", "2 GP", "2×1/2P": two half baskets, not two and a half."""
    if number == 1:
        return code
    return f"{number}×{code}" if code[0].isdigit() else f"{number}{SPACE}{code}"


@dataclass(frozen=True)
class Line:
    """A member's row: a text for each date; JOKER and LATE are marks."""

    member: Member
    remark: str
    cells: tuple[str, ...]
    deliveries: int
    jokers: int
    cents: int


@dataclass(frozen=True)
class Synthesis:
    """The season as rows of short texts."""

    season: Season

    @cached_property
    def codes(self) -> dict[int, str]:
        """Short names of the products."""
        return codes(self.season.products)

    @property
    def legend(self) -> str:
        """Return what short names and marks mean."""
        named = [
            f"{self.codes[key]} = {name}"
            for key, name in self.season.products.items()
            if not self.is_single
        ]
        marks = [_("J = joker"), _("· = pas encore, ou plus, dans le contrat")]
        return joined([*named, *marks])

    @property
    def is_single(self) -> bool:
        """Tell a contract of one product: its name need not be repeated."""
        return len(self.season.products) == 1

    @property
    def title(self) -> str:
        """Return what stands on top."""
        return _("Synthèse des distributions – %(name)s", name=self.season.contract.name)

    @cached_property
    def lines(self) -> list[Line]:
        """Return a row for each member."""
        return [self._line(one) for one in self.season.members]

    def _line(self, member: Member) -> Line:
        got, jokers = self.season.of(member), self.season.jokers(member)
        cells = []
        for date_id, day in self.season.dates.items():
            if not member.covers(day):
                cells.append(LATE)
            elif date_id in jokers:
                cells.append(JOKER)
            else:
                cells.append(
                    self._text({c: got[c] for c in self.season.columns[date_id] if c in got})
                )
        return Line(
            member,
            remark(self.season, member),
            tuple(cells),
            self.season.deliveries(member),
            len(jokers),
            self.season.cents(member),
        )

    def _text(self, got: Mapping[Cell, int]) -> str:
        if self.is_single:
            return str(sum(got.values()) or "")
        words = [_counted(n, self.codes[product]) for (_date, product), n in got.items()]
        return _in_lines(words, math.ceil(math.sqrt(len(words))))

    @cached_property
    def totals(self) -> dict[Cell, int]:
        """Return how many of a product are delivered on a date."""
        found = dict.fromkeys(self.season.prices, 0)
        for member in self.season.members:
            for cell, quantity in self.season.of(member).items():
                found[cell] += quantity
        return found

    @property
    def totals_by_date(self) -> list[str]:
        """Return the row below the members."""
        return [
            self._text({cell: self.totals[cell] for cell in cells if self.totals[cell]})
            for cells in self.season.columns.values()
        ]

    @property
    def cents(self) -> int:
        """Return what everything costs."""
        return sum(one.cents for one in self.lines)


def remark(season: Season, member: Member) -> str:
    """Return "à partir du 18/10/2026" for a late joiner."""
    said = []
    if season.is_late(member):
        said.append(_("à partir du %(day)s", day=short_date(member.starts_on)))
    if season.leaves_early(member):
        said.append(_("jusqu’au %(day)s", day=short_date(member.ends_on)))
    said += swaps(season, member)
    return joined(said)


def swaps(season: Season, member: Member) -> list[str]:
    """Return "décalé 08/10 → 11/10" for each delivery that is taken on another day."""
    days = sorted(season.swapped.get(member.subscription_id, []))
    return [_("décalé %(old)s → %(new)s", old=f"{old:%d/%m}", new=f"{new:%d/%m}")
            for old, new in days]  # fmt: skip


def facts(synthesis: Synthesis) -> tuple[str, ...]:
    """Return what stands under the title."""
    season = synthesis.season
    counted = ngettext("%(n)s contrat signé", "%(n)s contrats signés", len(season.members))
    dates = ngettext("%(n)s livraison", "%(n)s livraisons", len(season.dates))
    return (f"{season.contract.producer.name} – {counted}, {dates}", synthesis.legend)


# ----- PDF


def pdf(synthesis: Synthesis) -> bytes:
    """Return one page, on the smallest paper that holds it."""
    dates = list(synthesis.season.dates.values())
    names = ["\n".join(filter(None, [one.member.names, one.remark])) for one in synthesis.lines]
    column, paper, cells = _smallest(
        [*names, ""], [*(one.cells for one in synthesis.lines), synthesis.totals_by_date]
    )
    years = len({day.year for day in dates}) > 1
    return printed(
        "synthesis.typ",
        {
            "title": synthesis.title,
            "facts": facts(synthesis),
            "paper": paper,
            "widths": [NAMES, *[column] * len(dates), TOTAL],
            "heads": [
                _("Noms"),
                *(f"{day:%d/%m/%y}" if years else f"{day:%d/%m}" for day in dates),
                _("Total"),
            ],
            "rows": [
                [name, *texts, euros(one.cents)]
                for name, texts, one in zip(names, cells, synthesis.lines, strict=False)
            ],
            "totals": [_("Total"), *cells[-1], euros(synthesis.cents)],
            "footer": made_on(),
            "joker": JOKER,
            "late": LATE,
        },
    )


def _smallest(
    names: list[str], rows: list[Sequence[str]]
) -> tuple[float, dict[str, float], list[list[str]]]:
    """Return the width of a date's column (mm), the paper, and the cells as they fit it best."""
    found = []
    for in_line in range(1, MOST_IN_LINE + 1):
        cells = [[_in_lines(WORDS.split(text), in_line) for text in row] for row in rows]
        column, height = _size(names, cells)
        paper = _paper(NAMES + TOTAL + column * len(rows[-1]), height)
        longest = max(paper["width"], paper["height"] or height)
        found.append((longest, -paper["scale"], column, paper, cells))
    best = min(found, key=lambda one: one[:2])
    return best[2:]


def _in_lines(words: Sequence[str], in_line: int) -> str:
    """Return words, some in a line."""
    starts = range(0, len(words), in_line or 1)
    return "\n".join(" ".join(words[start : start + in_line]) for start in starts)


def _size(names: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Return the width of a date's column and the height of all, in mm."""
    longest = max(
        (len(line) for row in rows for text in row for line in text.split("\n")), default=0
    )
    lines = sum(
        max(_lines(name), *(text.count("\n") + 1 for text in row), 1)
        for name, row in zip(names, rows, strict=True)
    )
    width = max(LEAST_COLUMN, longest * CHARACTER + PADDING)
    return width, HEADER + lines * LINE + len(rows) * PADDING


def _lines(name: str) -> int:
    """Return how many lines a name takes at most in its column: words are not broken."""
    in_line = int((NAMES - PADDING) / CHARACTER)
    return sum(len(textwrap.wrap(line, in_line)) for line in name.split("\n"))


def _paper(width: float, height: float) -> dict[str, float]:
    """Return the size of the page in mm and the scale of the text: a sheet as printers have it.

    What no sheet holds gets a larger page, so that it stays one.
    """
    for short, long in PAPERS.values():
        scales = {
            (wide, high): min((wide - 2 * MARGIN) / width, (high - 2 * MARGIN) / height, LARGEST)
            for wide, high in ((long, short), (short, long))
        }
        (wide, high), scale = max(scales.items(), key=lambda one: one[1])
        if scale >= SMALLEST:
            return {"width": wide, "height": high, "scale": scale}
    return {"width": width + 2 * MARGIN, "height": 0, "scale": 1}


# ----- XLSX


def xlsx(synthesis: Synthesis) -> bytes:
    """Return every cell, with totals by formulas: by member, by product, by date."""
    book = Book()
    page = book.page(_("Synthèse"), landscape=True, paper=A3)
    _Sheet(synthesis, book, page).write()
    return book.content()


class _Sheet:
    """Where things stand in the workbook."""

    def __init__(self, synthesis: Synthesis, book: Book, page: Any) -> None:
        self.synthesis, self.season, self.book, self.page = synthesis, synthesis.season, book, page
        self.products = list(self.season.products)
        self.amount = LEFT + len(self.products)  # column of what a member pays
        self.first = self.amount + 1  # first column of the cells
        self.columns = {cell: self.first + n for n, cell in enumerate(self.season.prices)}
        self.last = self.first + max(len(self.columns), 1) - 1
        self.below = FIRST + max(len(self.season.members), 1) - 1  # number of the last row

    def write(self) -> None:
        """Write heads, members, totals."""
        self._heads()
        for row, line in enumerate(self.synthesis.lines, FIRST):
            self._member(row, line)
        self._totals()
        self.page.freeze_panes(FIRST - 1, 1)
        self.page.repeat_rows(FIRST - 5, FIRST - 2)
        self.page.repeat_columns(0)

    def _heads(self) -> None:
        page, bold = self.page, self.book.format(bold=True)
        head = self.book.format(bold=True, text_wrap=True, bottom=1, valign="bottom")
        money = self.book.format(num_format=EUROS)
        page.write_string(0, 0, self.synthesis.title, self.book.format(bold=True, font_size=14))
        for row, text in enumerate(facts(self.synthesis), 1):
            page.write_string(row, 0, text)
        for row, text in enumerate((_("Date"), _("Produit"), _("Code"), _("Prix")), FIRST - 5):
            page.write_string(row, 0, text, bold)
        left = (_("Lieu"), _("Remarque"), _("Livraisons"), _("Jokers"))
        for column, text in enumerate(left, 1):
            page.write_string(FIRST - 2, column, text, head)
        for column, product in enumerate(self.products, LEFT):
            page.write_string(FIRST - 4, column, self.season.products[product], head)
            page.write_string(FIRST - 3, column, self.synthesis.codes[product], head)
        page.write_string(FIRST - 2, self.amount, _("Total"), head)
        for date_id, cells in self.season.columns.items():
            page.write_string(
                FIRST - 5, self.columns[cells[0]], short_date(self.season.dates[date_id]), bold
            )
        for cell, column in self.columns.items():
            page.write_string(FIRST - 4, column, self.season.products[cell[1]], head)
            page.write_string(FIRST - 3, column, self.synthesis.codes[cell[1]], head)
            page.write_number(
                FIRST - 2, column, amount(self.season.prices[cell], Kind.MONEY), money
            )
        page.set_column(0, 0, 30)
        page.set_column(1, 2, 18)
        page.set_column(self.amount, self.amount, 12)
        page.set_column(self.first, self.last, 9)

    def _across(self, row: int) -> str:
        return f"${letters(self.first)}{row}:${letters(self.last)}{row}"

    def _fixed(self, row: int) -> str:
        return f"${letters(self.first)}${row}:${letters(self.last)}${row}"

    def _member(self, row: int, line: Line) -> None:
        page, at, member = self.page, row - 1, line.member
        page.write_string(at, 0, member.names)
        page.write_string(at, 1, member.place)
        page.write_string(at, 2, line.remark)
        page.write_number(at, 3, line.deliveries)
        page.write_number(at, 4, line.jokers)
        got = self.season.of(member)
        by_product = dict.fromkeys(self.products, 0)
        for (_date, product), quantity in got.items():
            by_product[product] += quantity
        for column, product in enumerate(self.products, LEFT):
            code = f"{letters(column)}${FIRST - 2}"
            formula = f"=SUMPRODUCT(--({self._fixed(FIRST - 2)}={code}),{self._across(row)})"
            page.write_formula(at, column, formula, None, by_product[product])
        formula = f"=SUMPRODUCT({self._fixed(FIRST - 1)},{self._across(row)})"
        money = self.book.format(num_format=EUROS)
        page.write_formula(at, self.amount, formula, money, amount(line.cents, Kind.MONEY))
        for cell, quantity in got.items():
            page.write_number(at, self.columns[cell], quantity)
        joker = self.book.format(bg_color="#F3D9B1", align="center")
        for cell in self.season.skipped.get(member.subscription_id, ()):
            page.write_string(at, self.columns[cell], JOKER, joker)
        self._outside(at, member)

    def _outside(self, at: int, member: Member) -> None:
        """Grey the dates on which a member is not, or no longer, in the contract."""
        grey = self.book.format(bg_color="#D9D9D9")
        for date_id, cells in self.season.columns.items():
            if not member.covers(self.season.dates[date_id]):
                for cell in cells:
                    self.page.write_blank(at, self.columns[cell], None, grey)

    def _totals(self) -> None:
        bold = self.book.format(bold=True, top=1)
        money = self.book.format(bold=True, top=1, num_format=EUROS)
        page, totals, at = self.page, self.synthesis.totals, self.below
        page.write_string(at, 0, _("Total"), bold)
        page.write_string(at + 1, 0, _("Montant"), bold)
        for column, product in enumerate(self.products, LEFT):
            value = sum(n for (_date, one), n in totals.items() if one == product)
            page.write_formula(at, column, self._sum(column), bold, value)
        cents = amount(self.synthesis.cents, Kind.MONEY)
        page.write_formula(at, self.amount, self._sum(self.amount), money, cents)
        for cell, column in self.columns.items():
            page.write_formula(at, column, self._sum(column), bold, totals[cell])
            letter = letters(column)
            page.write_formula(
                at + 1,
                column,
                f"={letter}{at + 1}*{letter}${FIRST - 1}",
                money,
                amount(totals[cell] * self.season.prices[cell], Kind.MONEY),
            )
        if self.columns:
            across = f"=SUM({self._across(at + 2)})"
            page.write_formula(at + 1, self.amount, across, money, cents)

    def _sum(self, column: int) -> str:
        letter = letters(column)
        return f"=SUM({letter}{FIRST}:{letter}{self.below})"
