"""“Télécharger…”: the documents of a contract, on screen and as files."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db
from amapress_py.accounts import accesses
from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.contracts import rules as contract_rules
from amapress_py.contracts.models import Contract, Subscription
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import _
from amapress_py.sheets import contract_documents, contract_queries, papers, rules, synthesis
from amapress_py.sheets.admin import KINDS
from amapress_py.sheets.contract_documents import DOCUMENTS, Document
from amapress_py.sheets.engagement import engagement as make_engagement
from amapress_py.sheets.engagement import engagements as make_engagements
from amapress_py.sheets.papers import Paper
from amapress_py.sheets.synthesis import Synthesis
from amapress_py.workbooks import download, file_name

bp = Blueprint("contract_documents", __name__, url_prefix="/admin")
own_bp = Blueprint("own_documents", __name__, url_prefix="/contrats")
readers = requires(*rules.READERS)
office = requires(*contract_rules.SEES_CONTRACTS)

CONTRACT = "/contrats/<int:contract_id>/documents"
DOCUMENT = f"<any({', '.join(Document)}):document>"
ENDINGS = "<any(xlsx, pdf):ending>"
SIGNED = "/contrats-signes/<int:subscription_id>/document"
ENGAGEMENT = "/contrats-signes/<int:subscription_id>/engagement"


@bp.get(CONTRACT)
@readers
def documents(contract_id: int) -> ResponseReturnValue:
    """List what may be downloaded of a contract."""
    found = contract_queries.readable_contract(db.session(), viewer(), contract_id)
    return render_template(
        "admin/sheets/documents.html",
        contract=found,
        documents=[one for one in DOCUMENTS if _may_read(found, one)],
        labels=DOCUMENTS,
        endings=KINDS,
        may_see_contract=contract_rules.may_read(viewer(), found.producer_id),
    )


@bp.get(f"{CONTRACT}/{DOCUMENT}")
@readers
def document(contract_id: int, document: str) -> ResponseReturnValue:
    """Show a document, ready to print."""
    kind, found = Document(document), _contract(contract_id, document)
    made = {
        "back": url_for(".documents", contract_id=contract_id),
        "files": [
            (
                ending.upper(),
                url_for(".as_file", contract_id=contract_id, document=document, ending=ending),
            )
            for ending in KINDS
        ],
    }
    if kind is Document.SYNTHESIS:
        whole = Synthesis(contract_queries.season(db.session(), found))
        facts = synthesis.facts(whole)
        return render_template("admin/sheets/synthesis.html", synthesis=whole, facts=facts, **made)
    shown = _paper(found, kind)
    if kind is Document.LIST:
        accesses.note(viewer().person_id, _("Adhérents d’un contrat"), found.name)
    return render_template("admin/sheets/paper.html", paper=shown, **made)


@bp.get(f"{CONTRACT}/{DOCUMENT}.{ENDINGS}")
@readers
def as_file(contract_id: int, document: str, ending: str) -> ResponseReturnValue:
    """Give a document as a file."""
    kind, found = Document(document), _contract(contract_id, document)
    name = file_name(found.name, document, ending=ending)
    if kind is Document.LIST:
        accesses.note(viewer().person_id, _("Adhérents d’un contrat"), found.name, ending.upper())
    if kind is Document.SYNTHESIS:
        whole = Synthesis(contract_queries.season(db.session(), found))
        content = synthesis.xlsx(whole) if ending == "xlsx" else synthesis.pdf(whole)
    else:
        content = _as_file(_paper(found, kind), ending)
    return download(content, name, KINDS[ending])


@bp.get(f"{CONTRACT}/engagements.pdf")
@office
def engagements(contract_id: int) -> ResponseReturnValue:
    """Give the engagements of all who signed, one after the other."""
    contract = contract_queries.readable_contract(db.session(), viewer(), contract_id)
    if not contract_rules.may_read(viewer(), contract.producer_id):
        raise NotAllowed
    made = make_engagements(contract_queries.season(db.session(), contract))
    if not made:
        flash(_("Personne n’a encore signé ce contrat : il n’y a pas d’engagement."), "info")
        return redirect(url_for(".documents", contract_id=contract_id), 303)
    name = file_name("engagements", contract.name, ending="pdf")
    return download(papers.pdf(*made), name, KINDS["pdf"])


@bp.get(SIGNED)
@office
def signed(subscription_id: int) -> ResponseReturnValue:
    """Show a signed contract: what, when, how much."""
    contract = _signed(subscription_id)
    made = contract_documents.filled(
        contract_queries.season(db.session(), contract, subscription_id)
    )
    return render_template(
        "admin/sheets/paper.html",
        paper=made,
        back=url_for("contracts_admin.signed.of_contract", contract_id=contract.id),
        files=[
            (
                ending.upper(),
                url_for(".signed_file", subscription_id=subscription_id, ending=ending),
            )
            for ending in KINDS
        ],
    )


@bp.get(f"{SIGNED}.{ENDINGS}")
@office
def signed_file(subscription_id: int, ending: str) -> ResponseReturnValue:
    """Give a signed contract as a file."""
    contract = _signed(subscription_id)
    made = contract_documents.filled(
        contract_queries.season(db.session(), contract, subscription_id)
    )
    return download(_as_file(made, ending), file_name(made.title, ending=ending), KINDS[ending])


@bp.get(ENGAGEMENT)
@office
def engagement(subscription_id: int) -> ResponseReturnValue:
    """Show the engagement of a signed contract, to be printed and signed by both."""
    contract = _signed(subscription_id)
    return render_template(
        "admin/sheets/paper.html",
        paper=_engagement(contract, subscription_id),
        back=url_for("contracts_admin.signed.of_contract", contract_id=contract.id),
        files=[("PDF", url_for(".engagement_pdf", subscription_id=subscription_id))],
    )


@bp.get(f"{ENGAGEMENT}.pdf")
@office
def engagement_pdf(subscription_id: int) -> ResponseReturnValue:
    """Give the engagement as a PDF."""
    contract = _signed(subscription_id)
    content = papers.pdf(_engagement(contract, subscription_id))
    return download(content, file_name("engagement", contract.name, ending="pdf"), KINDS["pdf"])


@own_bp.get("/<int:contract_id>/engagement.pdf")
def own_engagement(contract_id: int) -> ResponseReturnValue:
    """Give a household the engagement of the contract that it signed."""
    found = contract_queries.signed_of(db.session(), contract_id, viewer().household_id)
    if found is None:
        raise NotFound(_("Votre foyer n’a pas signé ce contrat."))
    content = papers.pdf(_engagement(found.contract, found.id))
    name = file_name("engagement", found.contract.name, ending="pdf")
    return download(content, name, KINDS["pdf"])


def _engagement(contract: Contract, subscription_id: int) -> Paper:
    return make_engagement(contract_queries.season(db.session(), contract, subscription_id))


def _may_read(contract: Contract, kind: Document) -> bool:
    """Tell whether the viewer gets a document; how to reach members is not for producers."""
    return kind is not Document.LIST or contract_rules.may_read(viewer(), contract.producer_id)


def _contract(contract_id: int, document: str) -> Contract:
    found = contract_queries.readable_contract(db.session(), viewer(), contract_id)
    if not _may_read(found, Document(document)):
        raise NotAllowed
    return found


def _signed(subscription_id: int) -> Contract:
    session = db.session()
    found = session.get(Subscription, subscription_id)
    if found is None:
        raise NotFound
    contract = contract_queries.readable_contract(session, viewer(), found.contract_id)
    if not contract_rules.may_read(viewer(), contract.producer_id):
        raise NotAllowed
    return contract


def _paper(contract: Contract, kind: Document) -> Paper:
    session = db.session()
    if kind is Document.LIST:
        members = contract_queries.members(session, contract.id)
        mails = contract_queries.addresses(session, contract.id)
        return contract_documents.list_of_members(contract, members, mails)
    if kind is Document.BLANK:
        return contract_documents.blank(contract_queries.blank_season(session, contract))
    whole = contract_queries.season(session, contract)
    if kind is Document.DATES:
        return contract_documents.dates(whole)
    return contract_documents.per_member(whole)


def _as_file(paper: Paper, ending: str) -> bytes:
    return papers.xlsx(paper) if ending == "xlsx" else papers.pdf(paper)
