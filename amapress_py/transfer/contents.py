"""What a page of WordPress says, as our HTML: blocks, classic texts, old shortcodes, styles."""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from amapress_py.cms.clean import TooBig, clean
from amapress_py.engine import autop, unautop
from amapress_py.i18n import _

MOST_RAW = 1_000_000  # characters, with the comments of blocks
DEEPEST_REUSE = 5
BLOCK = "<!-- wp:"
BLOCK_NAME = re.compile(r"\s*wp:([a-z0-9/-]+)")
REFERENCE = re.compile(r'"ref":([0-9]{1,15})')
EMPTY_BLOCKS = ("more", "nextpage", "separator", "spacer")
NO_TAG = re.compile(r"<(?![a-zA-Z/])")  # comments that never end, declarations
EMBED_LINE = re.compile(r"^[ \t]*(https?://[^\s<>\"\[\]]+)[ \t]*$", re.MULTILINE)
ADDRESS = re.compile(r"https?://[^\s<>\"\[\]]+")
OLD_SHORTCODES = ("caption", "wp_caption", "gallery", "embed", "video", "audio", "playlist")
ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'\]]+))""")
PLAYERS = ("iframe", "video", "audio", "embed", "object")
DROPPED = ("script", "style", "form", "input", "select", "textarea", "svg")
ALIGNED = {"center": "text-center", "right": "text-right", "justify": "text-justify"}
EMOJI = "/images/core/emoji/"
SPAN_STYLES = (
    (re.compile(r"font-weight:\s*(?:bold|[6-9]00)"), "strong"),
    (re.compile(r"font-style:\s*italic"), "em"),
    (re.compile(r"text-decoration[a-z-]*:[^;]*underline"), "u"),
    (re.compile(r"text-decoration[a-z-]*:[^;]*line-through"), "s"),
)
TEXT_ALIGN = re.compile(r"text-align:\s*([a-z]+)")
FLOAT = re.compile(r"float:\s*(left|right)")
# Brackets that are no shortcode's; read as letters they would begin or end one.
BRACKETS = (
    (
        re.compile(r"&(?:#0*91(?![0-9]);?|#x0*5b(?![0-9a-f]);?|lbrack;|lsqb;)", re.I),
        "\ue091",
        "&#91;",
    ),
    (
        re.compile(r"&(?:#0*93(?![0-9]);?|#x0*5d(?![0-9a-f]);?|rbrack;|rsqb;)", re.I),
        "\ue093",
        "&#93;",
    ),
)
LOST_STYLE = re.compile(r"(?:color|background|font-size|font-family)[a-z-]*:")


class OldSite(Protocol):
    """What a text needs to know of the site it comes from."""

    def link(self, address: str) -> str:
        """Return where a link leads now; the address itself if nowhere else."""

    def image(self, address: str, alt: str) -> str | None:
        """Return an image's address on this site, None if it can't be had."""

    def reusable(self, number: int) -> str | None:
        """Return what a reusable block says."""

    def attached(self, number: int) -> tuple[str, str] | None:
        """Return (address, alternative text) of an image of the library."""


@dataclass
class Notes:
    """What an editor should look at after the import, each thing once."""

    lost_images: dict[str, None] = field(default_factory=dict)
    dropped: dict[str, None] = field(default_factory=dict)
    styles: bool = False

    def sentences(self) -> Iterator[str]:
        """Yield them."""
        if self.lost_images:
            yield _("Images à remettre : %(names)s.", names=", ".join(self.lost_images))
        if self.dropped:
            yield _("Retiré du texte : %(names)s.", names=", ".join(self.dropped))
        if self.styles:
            yield _("Couleurs et tailles de caractères retirées.")


def converted(text: str, site: OldSite, tags: Sequence[str]) -> tuple[str, Notes]:
    """Return a text as our pages hold it (`tags`: the shortcodes of this site); raise TooBig."""
    notes = Notes()
    raw = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(raw) > MOST_RAW:
        raise TooBig(_("Ce texte est trop long : plus de %(most)s ko.", most=MOST_RAW // 1000))
    plain = _without_blocks(raw, site, notes) if BLOCK in raw else _classic(raw)
    plain = unautop(plain, [*tags, *OLD_SHORTCODES])
    plain = NO_TAG.sub("&lt;", _old_shortcodes(plain, site, notes))
    clean(plain)  # refuses what the reading below would take too long over
    for entity, sign, _written in BRACKETS:
        plain = entity.sub(sign, plain)
    soup = BeautifulSoup(plain, "html.parser")
    _Change(soup, site, notes).all()
    changed = soup.decode()
    for _entity, sign, written in BRACKETS:
        changed = changed.replace(sign, written)
    return clean(changed), notes


def _classic(raw: str) -> str:
    """Make paragraphs, as WordPress does when it shows a text without blocks."""
    linked = EMBED_LINE.sub(lambda found: _link(found[1]), _without_comments(raw))
    return autop(linked)


def _without_blocks(
    raw: str, site: OldSite, notes: Notes, level: int = 0, left: list[int] | None = None
) -> str:
    """Drop the comments that mark blocks; WordPress then makes no paragraphs of its own.

    What a shortcode block holds is a classic text. `left` bounds what reusable blocks add up to.
    """
    left = left or [MOST_RAW]
    pieces: list[str] = []
    position, in_shortcode = 0, False
    for start, end, inside in _comments(raw):
        if in_shortcode and not inside.strip().startswith("/wp:shortcode"):
            continue
        pieces.append(autop(raw[position:start]) if in_shortcode else raw[position:start])
        position, in_shortcode = end, False
        name = BLOCK_NAME.match(inside)
        if name is None:
            continue
        if not inside.rstrip().endswith("/"):
            in_shortcode = name[1] == "shortcode"
        elif name[1] == "block":
            number = REFERENCE.search(inside)
            reused = (site.reusable(int(number[1])) if number else None) or ""
            left[0] -= len(reused)
            if level < DEEPEST_REUSE and left[0] > 0:
                pieces.append(_without_blocks(reused, site, notes, level + 1, left))
        elif name[1] not in EMPTY_BLOCKS:
            notes.dropped[_("bloc « %(name)s »", name=name[1][:60])] = None
    return "".join(pieces) + raw[position:]


def _without_comments(text: str) -> str:
    pieces, position = [], 0
    for start, end, _inside in _comments(text):
        pieces.append(text[position:start])
        position = end
    return "".join(pieces) + text[position:]


def _comments(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield each comment's start, end and inside; one that never ends is none."""
    position = 0
    while (start := text.find("<!--", position)) >= 0:
        inside_end = text.find("-->", start + 4)
        if inside_end < 0:
            return
        position = inside_end + 3
        yield start, position, text[start + 4 : inside_end]


def _old_shortcodes(text: str, site: OldSite, notes: Notes) -> str:
    """Replace the shortcodes that WordPress itself brings."""

    def caption(about: dict[str, str], inside: str) -> str:
        end = max(inside.rfind("/>"), inside.rfind("</a>"), inside.rfind("<img"))
        cut = inside.find(">", end) + 1 if end >= 0 else 0
        words = about.get("caption") or inside[cut:].strip()
        placed = html.escape(about.get("align", "alignnone"))
        shown = f"<figcaption>{words}</figcaption>" if words else ""
        return f'<figure class="{placed}">{inside[:cut].strip()}{shown}</figure>'

    def gallery(about: dict[str, str], _inside: str) -> str:
        numbers = [int(one) for one in re.findall(r"[0-9]{1,15}", about.get("ids", ""))][:200]
        found = [one for one in map(site.attached, numbers) if one is not None]
        if not found:
            notes.dropped[_("galerie d’images")] = None
        images = "".join(
            f'<img src="{html.escape(src)}" alt="{html.escape(alt)}">' for src, alt in found
        )
        return f'<div class="gallery">{images}</div>' if images else ""

    def player(about: dict[str, str], inside: str) -> str:
        address = about.get("src") or about.get("mp3") or about.get("mp4") or inside.strip()
        return _link(address) if ADDRESS.fullmatch(address) else ""

    text = _replaced(text, "caption", caption, encloses=True)
    text = _replaced(text, "wp_caption", caption, encloses=True)
    text = _replaced(text, "gallery", gallery)
    text = _replaced(text, "embed", player, encloses=True)
    text = _replaced(text, "video", player, encloses=True)
    return _replaced(text, "audio", player, encloses=True)


def _replaced(
    text: str,
    tag: str,
    make: Callable[[dict[str, str], str], str],
    *,
    encloses: bool = False,
) -> str:
    """Replace `[tag …]` (and, if it encloses, up to `[/tag]`); each place is looked at once."""
    closing = f"[/{tag}]"
    opening = re.compile(rf"(?<!\[)\[{tag}(?![\w-])([^\[\]]*)\]")
    pieces, position, last = [], 0, text.rfind(closing)
    while (found := opening.search(text, position)) is not None:
        pieces.append(text[position : found.start()])
        position, inside = found.end(), ""
        if encloses and position <= last and not found[1].endswith("/"):
            end = text.find(closing, position)
            inside, position = text[found.end() : end], end + len(closing)
        about = {
            name.lower(): html.unescape(first or second or third)
            for name, first, second, third in ATTRIBUTE.findall(found[1])
        }
        pieces.append(make(about, inside))
    return "".join(pieces) + text[position:]


def _link(address: str) -> str:
    shown = html.escape(html.unescape(address))
    return f'<p><a href="{shown}">{shown}</a></p>'


class _Change:
    """Goes through a parsed text once for each thing that differs between WordPress and us."""

    def __init__(self, soup: BeautifulSoup, site: OldSite, notes: Notes) -> None:
        self.soup, self.site, self.notes = soup, site, notes

    def all(self) -> None:
        """Change everything; the order matters for players and links only."""
        self._drop()
        self._players()
        self._embeds()
        for tag in self.soup.find_all(True):
            self._name(tag)
            self._styles(tag)
        for tag in self.soup.find_all("img"):
            self._image(tag)
        for tag in self.soup.find_all("a"):
            self._anchor(tag)

    def _drop(self) -> None:
        for tag in self.soup.find_all(DROPPED):
            if tag.name not in ("style", "svg"):
                word = "script" if tag.name == "script" else _("formulaire")
                self.notes.dropped[word] = None
            if not tag.decomposed:
                tag.decompose()

    def _players(self) -> None:
        for tag in self.soup.find_all(PLAYERS):
            if tag.decomposed:
                continue
            source = tag.find("source")
            inner = source.get("src") if isinstance(source, Tag) else ""
            address = str(tag.get("src") or tag.get("data") or inner or "")
            if address.startswith("//"):
                address = f"https:{address}"
            if ADDRESS.fullmatch(address):
                tag.replace_with(self._new_link(address))
            else:
                tag.decompose()
            self.notes.dropped[_("contenu d’un autre site, remplacé par un lien")] = None

    def _embeds(self) -> None:
        for tag in self.soup.select(".wp-block-embed__wrapper"):
            address = tag.get_text().strip()
            if ADDRESS.fullmatch(address):
                tag.clear()
                tag.append(self._new_link(address))

    def _new_link(self, address: str) -> Tag:
        link = self.soup.new_tag("a", href=address)
        link.string = address
        return link

    def _name(self, tag: Tag) -> None:
        if tag.name == "h1":
            tag.name = "h2"
        elif tag.name == "center":
            tag.name = "div"
            _add_class(tag, "text-center")
            if isinstance(tag.parent, Tag) and tag.parent.name == "p":
                tag.parent.unwrap()
        elif tag.name == "strike":
            tag.name = "s"
        classes = tag.get_attribute_list("class")
        if "wp-block-button__link" in classes:
            _add_class(tag, "button")
        for side, ours in ALIGNED.items():
            if f"has-text-align-{side}" in classes:
                _add_class(tag, ours)

    def _styles(self, tag: Tag) -> None:
        style = str(tag.attrs.pop("style", "") or "").lower()
        aligned = TEXT_ALIGN.search(style)
        side = aligned[1] if aligned else str(tag.attrs.pop("align", "") or "").lower()
        if tag.name in ("img", "table", "figure") and not aligned and side:
            _add_class(tag, f"align{side}" if side in ("left", "right", "center") else "")
        elif side in ALIGNED:
            _add_class(tag, ALIGNED[side])
        if floats := FLOAT.search(style):
            _add_class(tag, f"align{floats[1]}")
        if LOST_STYLE.search(style) or tag.name == "font":
            self.notes.styles = True
        if tag.name == "span":
            for pattern, name in SPAN_STYLES:
                if pattern.search(style):
                    tag.name = name
                    break

    def _image(self, tag: Tag) -> None:
        address, alt = str(tag.get("src") or ""), str(tag.get("alt") or "")
        if EMOJI in address:
            tag.replace_with(NavigableString(alt))
            return
        if "[" in address:  # made by a shortcode
            return
        ours = self.site.image(address, alt)
        link = tag.parent
        if isinstance(link, Tag) and link.name == "a" and _is_file(str(link.get("href") or "")):
            link.unwrap()
        if ours is not None:
            for name in ("srcset", "sizes", "width", "height"):
                tag.attrs.pop(name, None)
            tag["src"] = ours
            tag["alt"] = alt
            return
        name = address.rpartition("/")[2].partition("?")[0][:100] or _("sans nom")
        self.notes.lost_images[name] = None
        words = _("(image à remettre : %(name)s)", name=f"{name} – {alt}" if alt else name)
        missing = self.soup.new_tag("em")
        missing.string = words.replace("[", "(").replace("]", ")")
        tag.replace_with(missing)

    def _anchor(self, tag: Tag) -> None:
        address = tag.get("href")
        if isinstance(address, str) and "[" not in address:
            tag["href"] = self.site.link(address.strip())


def _is_file(address: str) -> bool:
    """Tell a link to an image in large, which our pages do not need."""
    return address.lower().partition("?")[0].endswith((".jpg", ".jpeg", ".png", ".gif", ".webp"))


def _add_class(tag: Tag, name: str) -> None:
    classes = [one for one in tag.get_attribute_list("class") if one]
    if name and name not in classes:
        tag["class"] = " ".join([*classes, name])
