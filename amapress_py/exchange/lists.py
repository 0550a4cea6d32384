"""Persons as people have them: pasted lines, CSV of any kind, XLSX; nothing is looked up here."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO, StringIO
from itertools import islice
from typing import Any
from zipfile import ZipFile

import openpyxl

from amapress_py.accounts.addresses import normalised
from amapress_py.accounts.forms import one_line, several_lines
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l, search_key, short_date

MOST_LINES = 2000
MOST_BYTES = 2_000_000
MOST_UNPACKED = 20_000_000  # of a workbook, which is a ZIP
MOST_COLUMNS = 100
TITLE_ROWS = 20  # a table may begin below a title
SEPARATORS = "\t;,|"
ADDRESS = re.compile(r"[^\s<>;,|()\"']+@[^\s<>;,|()\"']+")
PHONE = re.compile(r"(?=(?:\D*\d){4,15}\D*$)\+?[\d\s().\-/]+")
SHORTENED = re.compile(r"[1-9]\d{8}")  # a spreadsheet took 0612345678 for a number
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
NO_VALUE = {"#N/A", "#NAME?", "#NOM?", "#REF!", "#VALUE!", "#VALEUR!", "#DIV/0!", "#NULL!", "#NUL!"}
ACCENTS = {"cp1252": b"\xe0\xe7\xe8\xe9\xea", "mac_roman": b"\x88\x8d\x8f\x8e\x90"}  # à ç è é ê
LONGEST = {"first_name": 100, "last_name": 100, "phone": 40, "address": 500}
TOO_LONG = {
    "first_name": _l("Le prénom est trop long."),
    "last_name": _l("Le nom est trop long."),
    "phone": _l("Le téléphone est trop long."),
    "address": _l("L’adresse postale est trop longue."),
}
# What a column is called, without accents, case and signs; of several, the first that is filled in.
HEADERS = {
    "email": (
        "email", "mail", "courriel", "adresse mail", "adresse email", "adresse e mail", "e mail",
        "adresse courriel", "adresse electronique", "adresse de messagerie", "email 1", "mail 1",
        "e mail 1", "email address", "e mail 1 value", "user email",
    ),
    "first_name": ("prenom", "prenoms", "first name", "given name"),
    "last_name": ("nom", "nom de famille", "nom usuel", "last name", "family name", "surname"),
    "name": (
        "nom complet", "nom et prenom", "prenom et nom", "nom prenom", "prenom nom", "adherent",
        "amapien", "intermittent", "name", "display name", "full name",
    ),
    "phone": (
        "telephone", "tel", "portable", "mobile", "telephone portable", "tel portable", "gsm",
        "telephone mobile", "numero de telephone", "telephone 1", "telephone 2", "telephone fixe",
        "phone", "mobile phone", "phone 1 value",
    ),
    "address": ("adresse", "adresse postale", "rue", "adresse 1", "address"),
    "postcode": ("code postal", "cp", "postal code"),
    "town": ("ville", "commune", "localite", "city"),
}  # fmt: skip
MEANINGS = {name: field for field, names in HEADERS.items() for name in names}
Row = tuple[int, Sequence[str]]  # the line's number, from 1, and its cells


class BadList(DomainError):
    """A file or a text that cannot be read as a list at all."""

    status = 422


@dataclass(frozen=True)
class Entry:
    """One person of a list, or (`problem`) a line that names nobody."""

    line: int
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    address: str = ""
    problem: str = ""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


def of_text(text: str) -> list[Entry]:
    """Read pasted lines; raise BadList where there are too many or none."""
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if lines and "@" not in lines[0][1]:
        table = _table(enumerate(_cells_of(text), 1))
        if table is not None:
            return _counted(_of_table(table))
    return _counted(found for number, line in lines for found in _of_line(number, line))


def of_file(content: bytes) -> list[Entry]:
    """Read a CSV or XLSX file by what is in it, whatever it is called; raise BadList."""
    if len(content) > MOST_BYTES:
        raise BadList(_("Ce fichier dépasse 2 Mo. Coupez-le en deux."))
    if content.startswith(b"PK"):
        return _of_workbook(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadList(
            _(
                "C’est un ancien classeur (.xls), ou un classeur protégé par un mot de passe."
                " Enregistrez-le au format .xlsx ou CSV."
            )
        )
    text = _decoded(content).replace("\0", "")
    if not text.strip():
        raise BadList(_("Ce fichier est vide."))
    if not all(char.isprintable() or char.isspace() for char in text[:200].lstrip("\ufeff")):
        raise _unreadable()
    try:
        rows = list(enumerate(_cells_of(text), 1))
    except csv.Error as error:
        raise _unreadable() from error
    table = _table(rows)
    if table is not None:
        return _counted(_of_table(table))
    return _counted(_headless(rows))


def _unreadable() -> BadList:
    return BadList(
        _("Ce fichier n’est pas une liste lisible. Enregistrez-la au format .xlsx ou CSV.")
    )


def _counted(entries: Iterable[Entry]) -> list[Entry]:
    found = list(islice(entries, MOST_LINES + 1))
    if len(found) > MOST_LINES:
        raise BadList(_("La liste dépasse 2 000 lignes. Coupez-la en deux."))
    if not found:
        raise BadList(_("Il n’y a personne dans cette liste."))
    return found


def _decoded(content: bytes) -> str:
    """Return the text of a file: UTF-8, UTF-16, else what Windows or an old Mac writes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if content[1:400:2].count(0) > len(content[1:400:2]) // 2:
        return content.decode("utf-16-le", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        counts = {
            name: sum(content.count(bytes([one])) for one in signs)
            for name, signs in ACCENTS.items()
        }
        return content.decode(max(counts, key=lambda name: counts[name]), "replace")


def _cells_of(text: str) -> list[list[str]]:
    """Return the cells of a CSV with the separator that finds most columns named or filled."""
    first, _newline, rest = text.partition("\n")
    if re.fullmatch(r"sep=.\r?", first.strip()):
        text = f"\n{rest}"
    sample = "\n".join(text.split("\n", 200)[:200])

    def columns(separator: str) -> tuple[int, int]:
        rows = [row for row in csv.reader(StringIO(sample), delimiter=separator) if any(row)]
        named = max((len(_named(row)) for row in rows[:TITLE_ROWS]), default=0)
        return named, sum(len(row) for row in rows)

    best = max(SEPARATORS, key=columns)
    return [row[:MOST_COLUMNS] for row in csv.reader(StringIO(text), delimiter=best)]


def _of_workbook(content: bytes) -> list[Entry]:
    try:
        with ZipFile(BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                raise BadList(_("Ce classeur est trop gros. Enregistrez-le au format CSV."))
            if "xl/workbook.xml" not in packed.namelist():
                raise _unreadable()
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
        with closing(book):
            return _of_sheets(book)
    except BadList:
        raise
    except Exception as error:  # whatever a damaged workbook makes the libraries stumble over
        raise _unreadable() from error


def _of_sheets(book: Any) -> list[Entry]:
    """Return the persons of the first sheet that has a column of addresses, or lines of them."""
    headless: list[Row] = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what a file says of its own size is not always true
        rows = _sheet_rows(sheet)
        table = _table(rows)
        if table is not None:
            return _counted(_of_table(table))
        headless = headless or [row for row in rows if any(ADDRESS.search(c) for c in row[1])]
    return _counted(_headless(headless))


def _sheet_rows(sheet: Any) -> list[Row]:
    """Return the filled rows of a sheet, one more than is allowed at most."""
    found: list[Row] = []
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), 1):
        row = [_cell(one) for one in cells]
        if any(row):
            found.append((number, row))
        if len(found) > MOST_LINES + TITLE_ROWS:
            break
    return found


def _cell(value: Any) -> str:
    """Return what a cell shows; of a formula it is what was worked out when the file was saved."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, (datetime, date)):
        return short_date(value if not isinstance(value, datetime) else value.date())
    if isinstance(value, time):
        return value.isoformat("minutes")
    text = str(value)
    return "" if text.strip() in NO_VALUE else text


@dataclass(frozen=True)
class _Table:
    columns: dict[str, list[int]]  # field -> where it stands, best first
    rows: list[Row]


def _named(cells: Sequence[str]) -> dict[str, list[int]]:
    """Return which columns a row of headers names."""
    ranked: dict[str, list[tuple[int, int]]] = {}
    for position, cell in enumerate(cells):
        key = " ".join(re.sub(r"[^a-z0-9]+", " ", search_key(cell[:60])).split())
        field = MEANINGS.get(key)
        if field is not None:
            ranked.setdefault(field, []).append((HEADERS[field].index(key), position))
    return {field: [position for _rank, position in sorted(of)] for field, of in ranked.items()}


def _table(rows: Iterable[Row]) -> _Table | None:
    """Return a table if one of the first rows names a column of addresses."""
    rows = list(rows)
    filled = (place for place, row in enumerate(rows) if any(cell.strip() for cell in row[1]))
    for place in islice(filled, TITLE_ROWS):
        columns = _named(rows[place][1])
        if "email" in columns:
            return _Table(columns, rows[place + 1 :])
    return None


def _of_table(table: _Table) -> Iterator[Entry]:
    for number, cells in table.rows:
        if not any(cell.strip() for cell in cells):
            continue
        values = {
            field: next((cells[at] for at in places if at < len(cells) and cells[at].strip()), "")
            for field, places in table.columns.items()
        }
        first, last = values.get("first_name", ""), values.get("last_name", "")
        if not first.strip() and not last.strip():
            first, last = _split(values.get("name", ""))
        yield _entry(number, values["email"], first, last, values.get("phone", ""), _place(values))


def _place(values: dict[str, str]) -> str:
    address = BREAK.sub("\n", values.get("address", ""))
    postcode, town = values.get("postcode", "").strip(), values.get("town", "").strip()
    is_told = postcode in address and town.casefold() in address.casefold()
    return address if is_told else f"{address.rstrip()}\n{postcode} {town}"


def _headless(rows: Iterable[Row]) -> Iterator[Entry]:
    for number, cells in rows:
        if any(cell.strip() for cell in cells):
            yield from _of_line(number, ";".join(cells))


def _of_line(number: int, line: str) -> Iterator[Entry]:
    """Read "Prénom Nom <mail>", "mail; nom; téléphone", or several of these as mail programs do."""
    addresses = ADDRESS.findall(line)
    if len(addresses) > 1:
        pieces = [piece for piece in re.split(r"[;,]", line) if piece.strip()]
        if all(len(ADDRESS.findall(piece)) == 1 for piece in pieces):
            for piece in pieces:
                yield from _of_line(number, piece)
        else:
            yield Entry(number, line[:100], problem=_("Plusieurs adresses sur une ligne."))
        return
    if not addresses:
        yield Entry(number, one_line(line)[:100], problem=_("Pas d’adresse e-mail."))
        return
    before, _mail, after = line.partition(addresses[0])
    cells = [
        one_line(cell.strip("<>()\"' "))
        for cell in re.split(r"[;,|\t]", f"{before.removesuffix('mailto:')};{after}")
    ]
    cells = [cell for cell in cells if cell]
    phone = next((cell for cell in cells if PHONE.fullmatch(cell)), "")
    names = [cell for cell in cells if cell != phone]
    quoted = re.match(r'\s*"([^",]+),([^",]+)"', before)  # "Delorme, Anna" <…>
    if quoted:
        first, last = one_line(quoted[2]), one_line(quoted[1])
    elif len(names) == 1:
        first, last = _split(names[0])
    else:
        first, last = [*names, "", ""][:2]
    yield _entry(number, addresses[0], first, last, phone, "\n".join(names[2:]))


def _split(name: str) -> tuple[str, str]:
    """Return first and last name: what is in capitals is the last name, else all but one word."""
    words = one_line(name).split()
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    if capitals and len(capitals) < len(words):
        return " ".join(word for word in words if word not in capitals), " ".join(capitals)
    return " ".join(words[:1]), " ".join(words[1:])


def _entry(number: int, email: str, first: str, last: str, phone: str, address: str) -> Entry:
    """Return a line with clean values, or with why it cannot be used."""
    values = {
        "first_name": _typed(first),
        "last_name": _typed(last),
        "phone": _typed(phone),
        "address": "\n".join(filter(None, map(_typed, several_lines(address).split("\n")))),
    }
    if SHORTENED.fullmatch(values["phone"]):
        values["phone"] = f"0{values['phone']}"
    cut = {field: value[: LONGEST[field]] for field, value in values.items()}
    shown = _typed(email).removeprefix("mailto:")
    written = re.search(r"<([^<>]+@[^<>]+)>", shown)
    shown = written[1] if written else shown
    if not shown:
        return Entry(number, "", **cut, problem=_("Pas d’adresse e-mail."))
    try:
        address_kept = normalised(shown)
    except ValueError as error:
        return Entry(number, shown[:100], **cut, problem=str(error))
    for field, most in LONGEST.items():
        if len(values[field]) > most:
            return Entry(number, address_kept, **cut, problem=str(TOO_LONG[field]))
    return Entry(number, address_kept, **values)


def _typed(text: str) -> str:
    """Return a line as a person wrote it, without the apostrophe that keeps formulas quiet."""
    line = one_line(text)
    return line[1:] if line[:2] in {"'=", "'+", "'-", "'@"} else line
