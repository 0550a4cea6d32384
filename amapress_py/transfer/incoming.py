"""A page on its way in, before it is compared with what is here."""

from dataclasses import dataclass

from amapress_py.cms.files import PageFile


@dataclass(frozen=True)
class Proposal:
    """A page here that is probably the same; an admin says whether it is replaced."""

    page_id: int
    title: str
    path: str
    why: str
    is_in_menu: bool


@dataclass(frozen=True)
class Left:
    """Something that is not taken."""

    title: str
    reason: str


@dataclass(frozen=True)
class Incoming:
    """A page that came; without a file it is refused.

    `match` is the page here that it is (if known already), `is_new` says that there is none.
    With `keeps_place` the address, the menu and the page above of a page here stay as they are.
    """

    name: str
    title: str
    file: PageFile | None
    refusal: str = ""
    key: str = ""  # by which a choice on the report names it
    source: str = ""
    match: int | None = None
    is_new: bool = False
    keeps_place: bool = False
    is_chosen: bool = False  # an admin said that it replaces the page here
    proposals: tuple[Proposal, ...] = ()
    notes: tuple[str, ...] = ()
