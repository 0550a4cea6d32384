"""Lists of persons as people have them: whatever the program that wrote them."""

import csv
import datetime as dt
from contextlib import suppress
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from flask import Flask

from amapress_py.exchange import lists
from amapress_py.exchange.lists import BadList, Entry

pytestmark = pytest.mark.usefixtures("app")  # reasons are French words of the catalogue

ANNA = Entry(1, "anna@test.fr", "Anna", "Delorme")


def told(entry: Entry) -> tuple[str, str, str, str]:
    return entry.email, entry.first_name, entry.last_name, entry.phone


def workbook(*rows: object, title: str = "Liste") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("anna@test.fr", ("anna@test.fr", "", "", "")),
        ("Anna Delorme <Anna@Test.fr>", ("anna@test.fr", "Anna", "Delorme", "")),
        ('"Delorme, Anna" <anna@test.fr>', ("anna@test.fr", "Anna", "Delorme", "")),
        ("anna@test.fr; Anna Delorme; 06 12", ("anna@test.fr", "Anna", "Delorme", "06 12")),
        (
            "anna@test.fr ; Anna Delorme ; 06 12 34 56 78",
            ("anna@test.fr", "Anna", "Delorme", "06 12 34 56 78"),
        ),
        ("anna@test.fr, DELORME Anna", ("anna@test.fr", "Anna", "DELORME", "")),
        (
            "Anna\tDelorme\tanna@test.fr\t0612345678",
            ("anna@test.fr", "Anna", "Delorme", "0612345678"),
        ),
        ("Anna de La Tour anna@test.fr", ("anna@test.fr", "Anna", "de La Tour", "")),
        ("mailto:anna@test.fr", ("anna@test.fr", "", "", "")),
        ("\u202eAnna\0\u202c <anna@test.fr>", ("anna@test.fr", "Anna", "", "")),
    ],
)  # fmt: skip
def test_a_pasted_line_is_understood(line: str, expected: tuple[str, ...]) -> None:
    (found,) = lists.of_text(line)

    assert told(found) == expected
    assert not found.problem


def test_lines_keep_their_numbers_and_say_what_is_wrong() -> None:
    found = lists.of_text(
        "Anna Delorme <anna@test.fr>\r\n\r\n  \nBruno\nx@y\na@b.fr et c@d.fr Zoé\n"
    )

    assert found[0] == ANNA
    assert [(one.line, one.problem.split("\xa0")[0]) for one in found[1:]] == [
        (4, "Pas d’adresse e-mail."),
        (5, "Cette adresse n’est pas valable"),
        (6, "Plusieurs adresses sur une ligne."),
    ]


def test_a_line_from_a_mail_program_names_several() -> None:
    found = lists.of_text("Anna Delorme <anna@test.fr>, Bruno <b@test.fr>; c@test.fr")

    assert [one.email for one in found] == ["anna@test.fr", "b@test.fr", "c@test.fr"]


def test_a_pasted_table_has_named_columns() -> None:
    (found,) = lists.of_text(
        "Téléphone\tNOM\tPrenom\tCourriel\n612345678\tDelorme\tAnna\tA@test.fr"
    )

    assert told(found) == ("a@test.fr", "Anna", "Delorme", "0612345678")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_csv_is_read_in_every_usual_encoding(encoding: str, separator: str) -> None:
    buffer = StringIO()
    writer = csv.writer(buffer, delimiter=separator)
    writer.writerow(
        ["Numéro", "Prénom", "Nom", "Adresse e-mail", "Adresse", "Code postal", "Ville"]
    )
    writer.writerow([1, "Zoé", "Lefèvre", "zoe@test.fr", "1, rue du Marché", "75014", "Paris"])

    (found,) = lists.of_file(buffer.getvalue().encode(encoding))

    assert told(found) == ("zoe@test.fr", "Zoé", "Lefèvre", "")
    assert found.address == "1, rue du Marché\n75014 Paris"
    assert found.line == 2


def test_what_excel_adds_to_a_csv_is_not_a_person() -> None:
    found = lists.of_file(b"sep=;\r\nEmail;Nom\r\na@test.fr;A\r\n;\r\n\0\0;\r\nb@test.fr;B\r\n")

    assert [(one.line, one.email) for one in found] == [(3, "a@test.fr"), (6, "b@test.fr")]


def test_a_csv_without_headers_is_a_list_of_lines() -> None:
    (found,) = lists.of_file(b"Anna;Delorme;anna@test.fr;06 12 34 56 78\n")

    assert told(found) == ("anna@test.fr", "Anna", "Delorme", "06 12 34 56 78")


def test_oddities_of_a_workbook_are_harmless() -> None:
    made = workbook(
        ["Intermittents", None, "2026"],
        [],
        ["Nom", "E-mail", "Prénom", "Téléphone", "Inscrit le", "Email 2"],
        ["Delorme", "anna@test.fr", "Anna", 612345678, dt.date(2026, 1, 2), "autre@test.fr"],
        [],
        [dt.date(2026, 1, 2), "b@test.fr", True, 6.5, None],
        ["=1+1", "c@test.fr", "#REF!", None],
        ["X" * 101, "d@test.fr"],
        ["Sans adresse"],
    )

    found = lists.of_file(made)

    assert [(one.line, *told(one)) for one in found[:3]] == [
        (4, "anna@test.fr", "Anna", "Delorme", "0612345678"),
        (6, "b@test.fr", "", "02/01/2026", "6.5"),
        (7, "c@test.fr", "", "", ""),  # a formula never worked out shows nothing
    ]
    assert [(one.line, one.problem) for one in found[3:]] == [
        (8, "Le nom est trop long."),
        (9, "Pas d’adresse e-mail."),
    ]


def test_a_users_list_of_amapress_is_read() -> None:
    """Its columns, its "<br/>" and its town told twice."""
    made = workbook(
        ["ID", "Identifiant", "Prénom", "Nom", "Email", "Email 2", "Adresse", "Code postal",
         "Ville", "Téléphone", "Téléphone 2", "Motif"],
        [23, "amapien21", "Alice", "Bernard", "alice@amap.test", None,
         "21 rue de l'Ouest<br/>75014 Paris", 75014, "Paris", None, "06 20 40 60 20", "absent"],
    )  # fmt: skip

    (found,) = lists.of_file(made)

    assert told(found) == ("alice@amap.test", "Alice", "Bernard", "06 20 40 60 20")
    assert found.address == "21 rue de l'Ouest\n75014 Paris"


def test_a_sheet_without_addresses_is_passed_over() -> None:
    book = openpyxl.load_workbook(BytesIO(workbook(["Lisez-moi"], ["Bonjour"])))
    book.create_sheet("Noms").append(["Courriel"])
    book["Noms"].append(["a@test.fr"])
    buffer = BytesIO()
    book.save(buffer)

    assert [one.email for one in lists.of_file(buffer.getvalue())] == ["a@test.fr"]


def bomb() -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * (lists.MOST_UNPACKED + 1))
    return buffer.getvalue()


def other_zip() -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b"\n\n", "vide"),
        (b"Email;Nom\n", "personne"),
        (b"x" * (lists.MOST_BYTES + 1), "2 Mo"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"),
        (b"PK\x03\x04 not a zip", "pas une liste lisible"),
        (b"%PDF-1.7\n\x01\x02\x03\x04", "pas une liste lisible"),
        (b"\x89PNG\r\n\x1a\n\x08", "pas une liste lisible"),
        (b'Email\n"' + b"x" * 200_000, "pas une liste lisible"),
        (b"\n".join(b"p%d@test.fr" % n for n in range(2001)), "2 000 lignes"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(content: bytes, said: str) -> None:
    with pytest.raises(BadList, match=said):
        lists.of_file(content)


@pytest.mark.parametrize("make", [bomb, other_zip], ids=["bomb", "ods"])
def test_a_zip_that_is_no_workbook_is_refused(make: object) -> None:
    with pytest.raises(BadList):
        lists.of_file(make())  # type: ignore[operator]


def test_damaged_workbooks_are_refused() -> None:
    whole = workbook(["Email"], ["a@test.fr"])
    for cut in range(50, len(whole), 311):
        broken = whole[:cut] + b"\0" * 20 + whole[cut + 20 :]
        with suppress(BadList):
            lists.of_file(broken)


def test_two_thousand_lines_are_read_and_one_more_is_not(app: Flask) -> None:
    rows = [["Email"], *([f"p{n}@test.fr"] for n in range(2000))]

    assert len(lists.of_file(workbook(*rows))) == 2000
    with pytest.raises(BadList, match="2 000"):
        lists.of_file(workbook(*rows, ["one@more.fr"]))
