"""Pages of WordPress as page files: addresses, menu, protection, links, images."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, parse_qs, unquote, urljoin, urlsplit

from amapress_py import clock, web
from amapress_py.cms import links
from amapress_py.cms.clean import TooBig
from amapress_py.cms.files import PageFile
from amapress_py.cms.models import PageState
from amapress_py.cms.rules import CONNECTED, MOST_PATH, slug
from amapress_py.i18n import _
from amapress_py.transfer import contents
from amapress_py.transfer.here import Here
from amapress_py.transfer.incoming import Incoming, Left, Proposal
from amapress_py.transfer.pictures import Pictures
from amapress_py.transfer.wxr import Export, Item, whole

MOST_TITLE = 200
MARKUP = re.compile(r"<[^<>]*>")
STATES = {
    "publish": PageState.PUBLISHED,
    "private": PageState.PUBLISHED,
    "future": PageState.SCHEDULED,
    "draft": PageState.DRAFT,
    "pending": PageState.DRAFT,
}
NOT_LISTED = {"attachment", "nav_menu_item", "wp_block", "wp_global_styles", "custom_css"}
CALL = re.compile(r"(?<!\[)\[([a-z][a-z0-9_-]*+)")


@dataclass
class Placed:
    """A page of the export with the address that it gets here."""

    item: Item
    path: str
    title: str
    match: int | None = None  # the page here that it is, or takes the place of
    is_known: bool = False  # imported before
    proposals: list[Proposal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class MenuLine:
    """What the old site's menu says about a page."""

    label: str
    order: int
    parent: int  # number of the page above in the menu, 0 for none


class Conversion:
    """One export on its way to this site."""

    def __init__(
        self,
        export: Export,
        here: Here,
        pictures: Pictures,
        tags: Sequence[str],
        chosen: Mapping[str, int],
    ) -> None:
        self.export, self.here, self.pictures, self.tags = export, here, pictures, tags
        self.chosen = chosen
        self.by_id = {item.id: item for item in export.items}
        self.old_paths = {item.id: self._old_path(item) for item in export.of_kind("page")}
        self.placed: dict[int, Placed] = {}
        self.menu, self.menu_notes = _menu(export, self.by_id)
        self.base = next(iter(export.addresses), "")
        self.hosts = {_host(address) for address in export.addresses} - {""}
        self.prefix = _split(self.base).path.strip("/") if self.base else ""

    def incoming(self) -> Iterator[Incoming]:
        """Yield every page of the export, ready to be compared."""
        pages = [item for item in self.export.of_kind("page") if item.status in STATES]
        pages.sort(key=lambda item: (self.old_paths[item.id].count("/"), item.id))
        self._place(pages)
        self.new_by_old = self._addresses()
        for item in sorted(pages, key=lambda one: one.line):
            yield self._page(self.placed[item.id])

    def left(self) -> list[Left]:
        """Return what is not taken, and why."""
        found = [
            Left(_title(item), _("page à la corbeille de l’ancien site, ou jamais enregistrée"))
            for item in self.export.of_kind("page")
            if item.status not in STATES
        ]
        others: dict[str, int] = {}
        for item in self.export.items:
            if item.kind == "post":
                found.append(Left(_title(item), _("article : seules les pages sont reprises")))
            elif item.kind != "page" and item.kind not in NOT_LISTED:
                others[item.kind] = others.get(item.kind, 0) + 1
        for kind, number in sorted(others.items()):
            shown = web.clean_text(kind, 60)
            found.append(
                Left(shown, _("%(n)s élément(s) : seules les pages sont reprises", n=number))
            )
        return found

    def notes(self) -> list[str]:
        """Return what the report says about the whole file."""
        if self.menu:
            return self.menu_notes
        return [
            *self.menu_notes,
            _(
                "Le fichier ne contient pas de menu : les nouvelles pages n’y sont pas. Mettez-les"
                " y ensuite avec « Pages », sous « Options » de chaque page."
            ),
        ]

    def _old_path(self, item: Item) -> str:
        """Return the address that the old site's names make."""
        names, seen, one = [], set(), item
        while one.id not in seen:
            seen.add(one.id)
            name = slug(unquote(one.text("wp:post_name"))) or slug(_title(one)) or f"page-{one.id}"
            names.append(name)
            above = self.by_id.get(one.number("wp:post_parent"))
            if above is None or above.kind != "page":
                break
            one = above
        return "/".join(reversed(names))

    def _place(self, pages: list[Item]) -> None:
        known = {origin.source: page_id for page_id, origin in self.here.origins.items()}
        taken = set(self.here.by_path)
        claimed: set[int] = set()
        for item in pages:
            placed = Placed(item, self._wanted_path(item), _title(item))
            before = known.get(self.source(item))
            if before in self.here.pages and before not in claimed:
                placed.match, placed.is_known = before, True
            else:
                placed.proposals = self._proposals(placed)
                chosen = self.chosen.get(str(item.id))
                if chosen in {one.page_id for one in placed.proposals} and chosen not in claimed:
                    placed.match = chosen
            if placed.match is not None:
                claimed.add(placed.match)
                placed.path = self.here.pages[placed.match].path
            else:
                placed.path = self._free(placed, taken)
            taken.add(placed.path)
            self.placed[item.id] = placed

    def source(self, item: Item) -> str:
        """Return by what a page is known when its export comes again."""
        return f"{_host(self.base)}/{self.prefix}?page_id={item.id}"

    def _wanted_path(self, item: Item) -> str:
        link = _split(item.text("link"))
        if not link.query and link.netloc and link.path.strip("/") == self.prefix:
            return ""
        above = self.placed.get(item.number("wp:post_parent"))
        last = self.old_paths[item.id].rpartition("/")[2]
        if above is None or not above.path:
            return last
        return f"{above.path}/{last}" if len(above.path) + len(last) < MOST_PATH - 5 else last

    def _free(self, placed: Placed, taken: set[str]) -> str:
        """Return the wanted address, with a number if somebody has it; say so."""
        wanted = placed.path or (self.old_paths[placed.item.id] if "" in taken else "")
        path, number = wanted, 1
        while path in taken or (path and not links.is_left_to_pages(path)):
            number += 1
            path = f"{wanted}-{number}"
        if path != placed.path:
            placed.notes.append(
                _(
                    "L’adresse /%(wanted)s est déjà prise ici : ce sera /%(path)s.",
                    wanted=placed.path,
                    path=path,
                )
            )
        return path

    def _proposals(self, placed: Placed) -> list[Proposal]:
        """Return the pages here that are probably the same: address, title, or the shortcodes."""
        tags = _calls(placed.item.text("content:encoded"), self.tags)
        found = []
        for page_id, page in self.here.pages.items():
            if page.path == placed.path:
                why = _("même adresse")
            elif slug(page.title) == slug(placed.title):
                why = _("même titre")
            elif tags and _calls(page.body, self.tags) == tags:
                why = _("mêmes shortcodes")
            else:
                continue
            found.append(Proposal(page_id, page.title, page.path, why, page.in_menu))
        return found

    def _addresses(self) -> dict[str, str]:
        """Return the new address for each old one."""
        found: dict[str, str] = {}
        for number, placed in self.placed.items():
            found.setdefault(self.old_paths[number], placed.path)
            link = _split(placed.item.text("link"))
            if not link.query and _host(placed.item.text("link")) in self.hosts:
                found[self._own(link.path)] = placed.path
        return found

    def _own(self, path: str) -> str:
        """Return a path of the old site without the folder that the site stood in."""
        bare = unquote(path).strip("/").lower()
        if self.prefix and f"{bare}/".startswith(f"{self.prefix.lower()}/"):
            bare = bare[len(self.prefix) :].strip("/")
        return bare

    def _page(self, placed: Placed) -> Incoming:
        item, notes = placed.item, list(placed.notes)
        name = f"{item.text('link') or self.old_paths[item.id]}"[:200]
        about = _OldSite(self, item, notes)
        try:
            body, found = contents.converted(
                item.texts.get("content:encoded", ""), about, self.tags
            )
        except TooBig as refusal:
            return Incoming(name, placed.title, None, refusal=str(refusal))
        notes += found.sentences()
        notes += about.sentences()
        file = PageFile(
            name=name,
            path=placed.path,
            title=placed.title,
            body=body,
            parent="",
            state=STATES[item.status],
            audience=self._audience(item, notes),
            former=self._former(placed),
        )
        file = self._dated(file, item, notes)
        file = replace(file, redirect_to=self._redirect(item, file, notes))
        if placed.match is None:
            file = self._in_menu(file, placed, notes)
        if len(html.unescape(item.text("title"))) > MOST_TITLE:
            notes.append(_("Le titre est raccourci."))
        return Incoming(
            name,
            placed.title,
            file,
            key=str(item.id),
            source=self.source(item),
            match=placed.match,
            is_new=placed.match is None,
            keeps_place=True,
            is_chosen=placed.match is not None and not placed.is_known,
            proposals=tuple(placed.proposals),
            notes=tuple(notes),
        )

    def _audience(self, item: Item, notes: list[str]) -> str:
        if item.status == "private":
            notes.append(_("Page privée de WordPress : réservée aux administrateurs."))
            return "admin"
        if item.text("wp:post_password"):
            notes.append(_("Le mot de passe de la page devient « Amapiens connectés »."))
            return CONNECTED
        return CONNECTED if item.meta.get("amps_lo", "").strip() not in ("", "0") else ""

    def _dated(self, file: PageFile, item: Item, notes: list[str]) -> PageFile:
        if file.state is not PageState.SCHEDULED:
            return file
        if item.date is None:
            notes.append(_("La date de publication manque : la page est un brouillon."))
            return replace(file, state=PageState.DRAFT)
        if item.date <= clock.now():
            return replace(file, state=PageState.PUBLISHED)
        return replace(file, publish_at=item.date)

    def _redirect(self, item: Item, file: PageFile, notes: list[str]) -> str | None:
        number = whole(item.meta.get("amps_rd", ""))
        if not number or not file.audience:
            return None
        target = self.placed.get(number)
        if target is None or self._audience(target.item, []) or target.item.status != "publish":
            notes.append(
                _(
                    "La page vers laquelle rediriger les non connectés n’est pas une page publique"
                    " du fichier : ils arrivent à la connexion."
                )
            )
            return None
        return target.path

    def _former(self, placed: Placed) -> tuple[str, ...]:
        """Return the addresses of the old site that lead to the page here."""
        link = _split(placed.item.text("link"))
        ours = {self.old_paths[placed.item.id]}
        if not link.query and _host(placed.item.text("link")) in self.hosts:
            ours.add(self._own(link.path))
        new = {one.path for one in self.placed.values()}
        return tuple(sorted(ours - new - {""}))

    def _in_menu(self, file: PageFile, placed: Placed, notes: list[str]) -> PageFile:
        item = placed.item
        line = self.menu.get(item.id)
        number = line.parent if line and line.parent else item.number("wp:post_parent")
        above = self.placed.get(number)
        file = replace(
            file,
            parent=above.path if above is not None else "",
            order=max(-10_000, min(10_000, item.number("wp:menu_order"))),
        )
        if line is None:
            return file
        double = next((one for one in placed.proposals if one.is_in_menu), None)
        if double is not None:
            notes.append(
                _("Dans le menu, elle fera double emploi avec « %(title)s ».", title=double.title)
            )
        label = "" if line.label == file.title else line.label
        return replace(file, in_menu=True, menu_label=label, order=line.order)


class _OldSite:
    """Answers what the text of one page asks of the old site."""

    def __init__(self, whole_site: Conversion, item: Item, notes: list[str]) -> None:
        self.site, self.item, self.notes = whole_site, item, notes
        self.strange: dict[str, None] = {}
        self.files: dict[str, None] = {}

    def sentences(self) -> Iterator[str]:
        """Yield what links the editor should look at."""
        if self.strange:
            yield _(
                "Liens vers d’autres parties de l’ancien site, laissés tels quels : %(links)s.",
                links=", ".join(self.strange),
            )
        if self.files:
            yield _("Fichiers à remettre : %(names)s.", names=", ".join(self.files))

    def _full(self, address: str) -> str | None:
        """Return the whole address of something on the old site, None for elsewhere."""
        try:
            full = urljoin(self.item.text("link") or self.site.base, html.unescape(address))
            parts = _split(full)
            is_there = parts.scheme in ("http", "https") and _host(full) in self.site.hosts
        except ValueError:
            return None
        return full if is_there else None

    def link(self, address: str) -> str:
        """Return where a link leads now."""
        if not address or address.startswith("#"):
            return address
        full = self._full(address)
        if full is None:
            return address
        parts = _split(full)
        query = parse_qs(parts.query)
        number = whole((query.get("page_id") or query.get("p") or [""])[0])
        path = self.site._own(parts.path)
        end = f"#{parts.fragment}" if parts.fragment else ""
        if number in self.site.placed:
            return f"/{self.site.placed[number].path}{end}"
        if not number and path in self.site.new_by_old:
            return f"/{self.site.new_by_old[path]}{end}"
        if path.startswith("wp-login.php"):
            return "/connexion"
        if not path and not number:
            return f"/{end}"
        if "wp-content/uploads/" in path:
            self.files[path.rpartition("/")[2][:100]] = None
        else:
            self.strange[full[:200]] = None
        return full

    def image(self, address: str, alt: str) -> str | None:
        """Return an image's address on this site, if it came along."""
        full = self._full(address)
        if full is None:
            return None
        return self.site.pictures.of_upload(self.site._own(_split(full).path), alt)

    def reusable(self, number: int) -> str | None:
        """Return what a reusable block says."""
        item = self.site.by_id.get(number)
        return item.texts.get("content:encoded") if item and item.kind == "wp_block" else None

    def attached(self, number: int) -> tuple[str, str] | None:
        """Return an image of the library."""
        item = self.site.by_id.get(number)
        if item is None or item.kind != "attachment" or not item.text("wp:attachment_url"):
            return None
        alt = item.meta.get("_wp_attachment_image_alt", "").strip()
        return item.text("wp:attachment_url"), alt


def _title(item: Item) -> str:
    bare = MARKUP.sub("", html.unescape(item.text("title")))
    return " ".join(web.clean_text(bare, MOST_TITLE).split()) or _("Sans titre")


def _split(address: str) -> SplitResult:
    """Return an address in parts, empty ones of what is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _host(address: str) -> str:
    return (_split(address).hostname or "").removeprefix("www.")


def _calls(text: str, tags: Sequence[str]) -> frozenset[str]:
    """Return the shortcodes of this site that a text calls, without those about who reads."""
    return frozenset(
        name for name in CALL.findall(text) if name in tags and not name.startswith("display-if")
    )


def _menu(export: Export, by_id: Mapping[int, Item]) -> tuple[dict[int, MenuLine], list[str]]:
    """Return the lines of the largest menu by page, and what of menus is not taken."""
    menus: dict[str, list[Item]] = {}
    for item in export.of_kind("nav_menu_item"):
        if item.status == "publish":
            for menu in item.menus:
                menus.setdefault(menu, []).append(item)
    if not menus:
        return {}, []

    def page_of(line: Item | None) -> int:
        if line is None or line.meta.get("_menu_item_object", "").strip() != "page":
            return 0
        number = whole(line.meta.get("_menu_item_object_id", ""))
        return number if number in by_id and by_id[number].kind == "page" else 0

    name, lines = max(menus.items(), key=lambda one: sum(1 for line in one[1] if page_of(line)))
    found: dict[int, MenuLine] = {}
    other = []
    for line in lines:
        number = page_of(line)
        if not number:
            other.append(_title(line))
            continue
        above = by_id.get(whole(line.meta.get("_menu_item_menu_item_parent", "")))
        label = _title(line) if line.text("title") else ""
        found[number] = MenuLine(label, min(line.number("wp:menu_order"), 10_000), page_of(above))
    notes = []
    if len(menus) > 1:
        notes.append(_("De plusieurs menus, le plus grand est repris : « %(name)s ».", name=name))
    if other:
        notes.append(
            _("Lignes du menu qui ne sont pas des pages : %(names)s.", names=", ".join(other))
        )
    return found, notes
