"""What is done to producers and their catalogues of products."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules
from amapress_py.contracts.models import Billing, Contract, Producer, Product
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import _, search_key


@dataclass(frozen=True)
class ProductValues:
    """What the form of a catalogue product says."""

    name: str
    packaging: str = ""
    billing: Billing = Billing.UNIT


def create_producer(
    session: Session, viewer: Viewer, name: str, presentation: str = ""
) -> Producer:
    """Add a producer; raise NameTaken."""
    if not viewer.is_admin:
        raise NotAllowed
    producer = Producer()
    _name_producer(session, producer, name, presentation)
    return producer


def change_producer(
    session: Session, viewer: Viewer, producer_id: int, name: str, presentation: str
) -> None:
    """Change a producer's name and presentation; raise NameTaken."""
    producer = editable_producer(session, viewer, producer_id)
    _name_producer(session, producer, name, presentation)


def create_product(
    session: Session, viewer: Viewer, producer_id: int, values: ProductValues
) -> Product:
    """Add a product to a producer's catalogue; raise NameTaken."""
    editable_producer(session, viewer, producer_id)
    product = Product(producer_id=producer_id)
    name_product(session, product, values)
    return product


def change_product(
    session: Session, viewer: Viewer, product_id: int, values: ProductValues
) -> None:
    """Change a product of the catalogue; raise NameTaken."""
    product = _editable_product(session, viewer, product_id)
    name_product(session, product, values)


def delete_product(session: Session, viewer: Viewer, product_id: int) -> None:
    """Delete a product that no contract has; raise InUse."""
    _editable_product(session, viewer, product_id)
    used = rules.InUse(_("Ce produit fait partie d’un contrat : il ne peut pas être supprimé."))
    with db.unless_keys_forbid(session, used):
        session.execute(delete(Product).where(Product.id == product_id))


def editable_producer(session: Session, viewer: Viewer, producer_id: int) -> Producer:
    """Return a producer, locked, that the viewer may act for; raise NotFound or NotAllowed."""
    producer = db.locked(session, Producer, producer_id)
    if producer is None:
        raise NotFound
    if not rules.may_edit(viewer, producer.id):
        raise NotAllowed
    return producer


def _editable_product(session: Session, viewer: Viewer, product_id: int) -> Product:
    product = session.get(Product, product_id)
    if product is None:
        raise NotFound
    editable_producer(session, viewer, product.producer_id)
    return product


def _name_producer(session: Session, producer: Producer, name: str, presentation: str) -> None:
    check_name(session, Producer, producer.id, name)
    with db.unless_keys_forbid(session, rules.NameTaken()):
        producer.name, producer.presentation = name, presentation
        session.add(producer)


def name_product(session: Session, product: Product, values: ProductValues) -> None:
    """Write a product of a catalogue; raise NameTaken."""
    same = select(Product.name).where(
        Product.producer_id == product.producer_id, Product.id != (product.id or 0)
    )
    if search_key(values.name) in map(search_key, session.scalars(same)):
        raise rules.NameTaken
    with db.unless_keys_forbid(session, rules.NameTaken()):
        product.name, product.packaging = values.name, values.packaging
        product.billing = values.billing
        session.add(product)


def check_name(
    session: Session, model: type[Producer] | type[Contract], own_id: int | None, name: str
) -> None:
    """Raise NameTaken if another has that name, but for accents and case."""
    same = select(model.id).where(model.sort_key == search_key(name), model.id != (own_id or 0))
    if session.scalar(same.limit(1)):
        raise rules.NameTaken
