"""Back office: "Modifier en masse…", what would change, the journal, and the way back."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.contracts import mass, mass_forms, office_queries, product_mass_forms, rules, shelf
from amapress_py.contracts.book import Book
from amapress_py.contracts.mass_forms import FORMS, RULES, HolidayForm, OperationForm
from amapress_py.contracts.models import Contract, ContractKind
from amapress_py.contracts.preview import Preview
from amapress_py.contracts.product_operations import hours_told
from amapress_py.contracts.scope import editable_contract
from amapress_py.errors import DomainError, NotAllowed, NotFound
from amapress_py.i18n import _, _l

bp = Blueprint("mass", __name__)

REMOVE_PRODUCT = "retirer-produit"
SIMPLE: dict[str, type[OperationForm]] = {
    **FORMS,
    REMOVE_PRODUCT: product_mass_forms.RemoveProductForm,
}
LABELS = {
    **{name: form.title for name, form in SIMPLE.items()},
    RULES: mass_forms.RULES_TITLE,
    **product_mass_forms.TITLES,
}
HELPS = {
    **{name: form.help for name, form in SIMPLE.items()},
    RULES: mass_forms.RULES_HELP,
    **product_mass_forms.HELPS,
}
# In this order, under these titles.
GROUPS = (
    (
        _l("Dates"),
        ("deplacer", "vacances", "annuler", "ajouter", "barrer", "retablir", "supprimer"),
    ),
    (_l("Une distribution"), (product_mass_forms.HOURS,)),
    (
        _l("Produits"),
        (
            "prix",
            product_mass_forms.ADD_PRODUCT,
            REMOVE_PRODUCT,
            product_mass_forms.ORDER,
            RULES,
        ),
    ),
    (_l("Jokers"), ("jokers",)),
)
SHOWN = "apercu"  # in the address once something was chosen


@bp.get("/contrats/<int:contract_id>/en-masse")
@requires(Role.REFERENT)
def index(contract_id: int) -> ResponseReturnValue:
    """Show what can be done to the whole contract, and what was done."""
    contract = editable_contract(contract_id)
    has_jokers = contract.kind is ContractKind.SUBSCRIPTION
    return render_template(
        "admin/contracts/mass.html",
        contract=contract,
        groups=[one for one in GROUPS if has_jokers or "jokers" not in one[1]],
        labels=LABELS,
        helps=HELPS,
        operations=office_queries.operations(db.session(), contract_id),
    )


@bp.get("/contrats/<int:contract_id>/en-masse/<operation>")
@requires(Role.REFERENT)
def operation(contract_id: int, operation: str) -> ResponseReturnValue:
    """Ask what is to be done; once that is chosen, show what would change."""
    contract, book, form = _asked(contract_id, operation)
    previews = {}
    if SHOWN in request.args and form.validate():
        previews = _previews(contract, book, form)
    return _page(contract, operation, form, previews, request.args)


@bp.post("/contrats/<int:contract_id>/en-masse/<operation>")
@requires(Role.REFERENT)
def apply(contract_id: int, operation: str) -> ResponseReturnValue:
    """Apply what was shown."""
    contract, book, form = _asked(contract_id, operation)
    previews = {}
    if form.validate_on_submit():
        try:
            act, digest = form.act(book), request.form.get("digest", "")
            with db.transaction() as session:
                mass.apply(session, viewer(), contract_id, operation, act, digest)
        except (NotAllowed, NotFound):
            raise
        except DomainError as refusal:
            contract = editable_contract(contract_id)
            previews = _previews(contract, shelf.load(db.session(), contract), form)
            form.form_errors.append(str(refusal))
        else:
            flash(_("C’est fait. L’opération est dans le journal : elle peut être annulée."),
                  "success")  # fmt: skip
            return redirect(url_for(".index", contract_id=contract_id), 303)
    return _page(contract, operation, form, previews, request.form), 422


@bp.post("/contrats/<int:contract_id>/en-masse/annuler/<int:operation_id>")
@requires(Role.REFERENT)
def undo(contract_id: int, operation_id: int) -> ResponseReturnValue:
    """Take an operation back."""
    editable_contract(contract_id)
    with web.refusals_to_flash():
        with db.transaction() as session:
            mass.undo(session, viewer(), contract_id, operation_id)
        flash(_("L’opération est annulée : tout est comme avant."), "success")
    return redirect(url_for(".index", contract_id=contract_id), 303)


def _asked(contract_id: int, operation: str) -> tuple[Contract, Book, OperationForm]:
    """Return the contract, its book, and the form with what was chosen."""
    contract = editable_contract(contract_id)
    if operation not in LABELS:
        raise NotFound
    book = shelf.load(db.session(), contract)
    kind = _form_of(contract, book, operation)
    if request.method == "POST":
        form = kind()
    elif SHOWN in request.args:
        form = kind(request.args, meta={"csrf": False})
    else:
        form = kind(formdata=None)
    form.fit(book, contract.kind is ContractKind.SUBSCRIPTION)
    return contract, book, form


def _form_of(contract: Contract, book: Book, operation: str) -> type[OperationForm]:
    """Return the form of an operation; some depend on what is in the book."""
    session = db.session()
    if operation == RULES:
        return mass_forms.rules_form(book)
    if operation == product_mass_forms.ORDER:
        return product_mass_forms.order_form(book)
    if operation == product_mass_forms.ADD_PRODUCT:
        catalogue = office_queries.catalogue(session, contract.producer_id)
        return product_mass_forms.add_product_form(book, catalogue)
    if operation == product_mass_forms.HOURS:
        places, held_at = office_queries.places_of(session, contract.id)
        return product_mass_forms.hours_form(book, places, held_at)
    return SIMPLE[operation]


def _previews(contract: Contract, book: Book, form: OperationForm) -> dict[str, Preview]:
    """Return what each way would change; a refusal is told on the form."""
    try:
        acts = form.both(book) if isinstance(form, HolidayForm) else {"": form.act(book)}
        return {name: mass.preview(db.session(), contract, act, book) for name, act in acts.items()}
    except DomainError as refusal:
        form.form_errors.append(str(refusal))
        return {}


def _page(
    contract: Contract,
    operation: str,
    form: OperationForm,
    previews: dict[str, Preview],
    chosen: MultiDict[str, str],
) -> str:
    sub_ids = {key for one in previews.values() for key in one.before.signed}
    households = {
        one.household_id for view in previews.values() for one in view.before.signed.values()
    }
    others: list[office_queries.Other] = []
    changed = [one for view in previews.values() for one in view.hours]
    if changed and operation == product_mass_forms.HOURS:
        where = changed[0].day, changed[0].place_id
        others, people = office_queries.people_at(db.session(), contract.id, *where)
    else:
        people = office_queries.contacts(db.session(), households) if sub_ids else {}
    hidden: list[tuple[str, Any]] = [
        (name, value)
        for name, value in chosen.items(multi=True)
        if name not in {SHOWN, "csrf_token", "digest", "method"}
    ]
    return render_template(
        "admin/contracts/operation.html",
        contract=contract,
        operation=operation,
        form=form,
        title=LABELS[operation],
        help=HELPS[operation],
        previews=previews,
        people=people,
        others=others,
        forbidden=[one.name for one in others if not rules.may_edit(viewer(), one.producer_id)],
        hours_told=hours_told,
        places=_place_names(contract, form) if changed else {},
        hidden=hidden,
    )


def _place_names(contract: Contract, form: OperationForm) -> dict[int, str]:
    if "place" in form:
        return dict(form["place"].choices)
    return office_queries.places_of(db.session(), contract.id)[0]
