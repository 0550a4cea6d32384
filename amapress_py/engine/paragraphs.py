"""Paragraphs around plain text, as WordPress makes them; linear where its expressions are not."""

import re
from collections.abc import Iterator, Sequence

from amapress_py.engine.html import BLANKS, split_elements
from amapress_py.engine.matching import Closings, Names

BLOCK = (
    "(?:table|thead|tfoot|caption|col|colgroup|tbody|tr|td|th|div|dl|dd|dt|ul|ol|li|pre|form|map"
    "|area|blockquote|address|math|style|p|h[1-6]|hr|fieldset|legend|section|article|aside|hgroup"
    "|header|footer|nav|figure|figcaption|details|menu|summary)"
)
BREAK = "<br />"
ELEMENT_NEWLINE = "<!-- wpnl -->"
KEPT_NEWLINE = "<kept-newline />"

DOUBLE_BREAK = re.compile(r"<br\s*+/?>\s*+<br\s*+/?>", re.ASCII)
BLOCK_START = re.compile(rf"<{BLOCK}[\s/>]", re.ASCII)
BLOCK_END = re.compile(rf"</{BLOCK}>")
RULE = re.compile(r"<hr\s*+/?>", re.ASCII)
EMPTY_LINES = re.compile(r"\n\n++")
BETWEEN_PARAGRAPHS = re.compile(r"\n\s*\n", re.ASCII)

OPTION = re.compile("(<option)")
OPTION_END = re.compile("(</option>)")
OBJECT = re.compile(r"(<object[^>]*+>)")
OBJECT_END = re.compile(r"(</object>)")
PARAMETER = re.compile(r"(</?(?:param|embed)[^>]*+>)")
PLAYER = re.compile(r"([<\[](?:audio|video)[^>\]]*+[>\]])")
PLAYER_END = re.compile(r"([<\[]/(?:audio|video)[>\]])")
TRACK = re.compile(r"(<(?:source|track)[^>]*+>)")
CAPTION = re.compile(r"(<figcaption[^>]*+>)")
CAPTION_END = re.compile(r"(</figcaption>)")

EMPTY_PARAGRAPH = re.compile(r"<p>\s*+</p>", re.ASCII)
UNCLOSED_PARAGRAPH = re.compile(r"<p>([^<]++)</(div|address|form)>")
BLOCK_ALONE = re.compile(rf"<p>\s*+(</?{BLOCK}[^>]*+>)\s*+</p>", re.ASCII)
QUOTE = re.compile(r"<p><blockquote([^>]*+)>", re.ASCII | re.IGNORECASE)
BLOCK_FIRST = re.compile(rf"<p>\s*+(</?{BLOCK}[^>]*+>)", re.ASCII)
BLOCK_LAST = re.compile(rf"(</?{BLOCK}[^>]*+>?)(?:\s*+</p>)?", re.ASCII)
RAW = re.compile("<(script|style|svg)")
BREAK_AFTER_BLOCK = re.compile(rf"(</?{BLOCK}[^>]*+>?)(?:\s*+<br />)?", re.ASCII)
BREAK_BEFORE_BLOCK = re.compile(
    r"<br />(\s*+</?(?:p|li|div|dl|dd|dt|th|pre|td|ul|ol)[^>]*+>)", re.ASCII
)
SET_ASIDE = re.compile(r"<pre kept-([0-9]+)></pre>")

SPACES = "(?:[\r\n\t \u00a0]|&nbsp;)*+"
PARAGRAPH_START = re.compile(rf"<p>{SPACES}\[([\w-]*+)", re.ASCII)
PARAGRAPH_END = re.compile(f"{SPACES}</p>")


def autop(text: str) -> str:
    """Wrap what empty lines separate in `<p>`, and end the other lines by `<br />`."""
    if not text.strip(" \t\n\r\0\x0b"):
        return ""
    text, aside = _set_preformatted_aside(text + "\n")
    text = _separate_blocks(text)
    text = _collapse(text)
    text = _wrap(text)
    text = _unwrap_blocks(text)
    text = _break_lines(text)
    text = SET_ASIDE.sub(lambda found: aside[int(found[1])], text)
    return text.replace(f" {ELEMENT_NEWLINE} ", "\n").replace(ELEMENT_NEWLINE, "\n")


def _set_preformatted_aside(text: str) -> tuple[str, list[str]]:
    """Put a sign in the place of each `<pre>…</pre>`; return the text and what was there."""
    aside: list[str] = []
    if "<pre" not in text:
        return text, aside
    *parts, rest = text.split("</pre>")
    kept = []
    for part in parts:
        before, opening, inside = part.partition("<pre")
        kept.append(before)
        if opening:
            kept.append(f"<pre kept-{len(aside)}></pre>")
            aside.append(f"{opening}{inside}</pre>")
    return "".join((*kept, rest)), aside


def _separate_blocks(text: str) -> str:
    """Put empty lines around blocks; lines that end inside an element don't count."""
    text = DOUBLE_BREAK.sub("\n\n", text)
    text = BLOCK_START.sub(r"\n\n\g<0>", text)
    text = BLOCK_END.sub(r"\g<0>\n\n", text)
    text = RULE.sub(r"\g<0>\n\n", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    parts = split_elements(text)
    parts[1::2] = [part.replace("\n", f" {ELEMENT_NEWLINE} ") for part in parts[1::2]]
    return "".join(parts)


def _collapse(text: str) -> str:
    """Take out the blanks between elements that are no text: options, players, captions."""
    if "<option" in text:
        text = _strip_beside(OPTION, text, before=True)
        text = _strip_beside(OPTION_END, text, after=True)
    if "</object>" in text:
        text = _strip_beside(OBJECT, text, after=True, last=">")
        text = _strip_beside(OBJECT_END, text, before=True)
        text = _strip_beside(PARAMETER, text, before=True, after=True, last=">")
    if "<source" in text or "<track" in text:
        text = _strip_beside(PLAYER, text, after=True, last=">]")
        text = _strip_beside(PLAYER_END, text, before=True)
        text = _strip_beside(TRACK, text, before=True, after=True, last=">")
    if "<figcaption" in text:
        text = _strip_beside(CAPTION, text, before=True, last=">")
        text = _strip_beside(CAPTION_END, text, after=True)
    return EMPTY_LINES.sub("\n\n", text)


def _strip_beside(
    pattern: re.Pattern[str], text: str, before: bool = False, after: bool = False, last: str = ""
) -> str:
    """Take out the blanks beside each match; a match ends with a sign of `last`, if given."""
    end = max(map(text.rfind, last)) + 1 if last else len(text)
    parts = pattern.split(text[:end])
    parts[-1] += text[end:]
    for index in range(0, len(parts), 2):
        if after and index > 0:
            parts[index] = parts[index].lstrip(BLANKS)
        if before and index < len(parts) - 1:
            parts[index] = parts[index].rstrip(BLANKS)
    return "".join(parts)


def _wrap(text: str) -> str:
    """Put what empty lines separate into paragraphs."""
    paragraphs = [part.strip("\n") for part in BETWEEN_PARAGRAPHS.split(text) if part]
    return "".join([f"<p>{paragraph}</p>\n" for paragraph in paragraphs])


def _unwrap_blocks(text: str) -> str:
    """Take blocks out of paragraphs, and empty paragraphs out of the text."""
    text = EMPTY_PARAGRAPH.sub("", text)
    text = UNCLOSED_PARAGRAPH.sub(r"<p>\1</p></\2>", text)
    text = BLOCK_ALONE.sub(r"\1", text)
    text = _unwrap_items(text)
    text = QUOTE.sub(r"<blockquote\1><p>", text)
    text = text.replace("</blockquote></p>", "</p></blockquote>")
    text = BLOCK_FIRST.sub(r"\1", text)
    return BLOCK_LAST.sub(r"\1", text)


def _unwrap_items(text: str) -> str:
    """Take the paragraph off a list item that stands in one line with its end."""
    pieces: list[str] = []
    position = search = 0
    while (start := text.find("<p><li", search)) >= 0:
        search = start + len("<p><li")
        newline = text.find("\n", search)
        line_end = newline if newline >= 0 else len(text)
        if (end := text.find("</p>", search + 1, line_end)) >= 0:
            pieces += (text[position:start], text[start + len("<p>") : end])
            position = search = end + len("</p>")
        else:
            search = line_end
    return "".join((*pieces, text[position:]))


def _break_lines(text: str) -> str:
    """End each line by `<br />`, but not beside blocks and not in scripts and styles."""
    text = _keep_newlines(text)
    text = text.replace("<br>", BREAK).replace("<br/>", BREAK)
    text = "".join(_lines_with_breaks(text))
    text = text.replace(KEPT_NEWLINE, "\n")
    text = BREAK_AFTER_BLOCK.sub(r"\1", text)
    text = BREAK_BEFORE_BLOCK.sub(r"\1", text)
    for end in ("</p>", "</p>\n"):
        if text.endswith("\n" + end):
            return text[: -len(end) - 1] + end
    return text


def _keep_newlines(text: str) -> str:
    """Write the newlines of scripts, styles and drawings so that they get no `<br />`."""
    pieces: list[str] = []
    position = search = 0
    unclosed = set()
    while (found := RAW.search(text, search)) is not None:
        search = found.end()
        name = found[1]
        closing = -1 if name in unclosed else text.find(f"</{name}>", search)
        if closing < 0:
            unclosed.add(name)
            continue
        search = closing + len(name) + 3
        pieces.append(text[position : found.start()])
        pieces.append(text[found.start() : search].replace("\n", KEPT_NEWLINE))
        position = search
    return "".join((*pieces, text[position:]))


def _lines_with_breaks(text: str) -> Iterator[str]:
    """Yield the lines; blanks around a newline become one `<br />`, unless one is there."""
    *lines, last = text.split("\n")
    blanks, after_break = "", False
    for line in lines:
        stripped = line.rstrip(BLANKS)
        if stripped:
            yield _line_break(blanks, after_break)
            yield stripped
            blanks, after_break = "", stripped.endswith(BREAK)
        blanks += line[len(stripped) :] + "\n"
    yield _line_break(blanks, after_break)
    yield last


def _line_break(blanks: str, after_break: bool) -> str:
    """Return what stands for blanks that end in a newline; the first one stays after a break."""
    if not blanks:
        return ""
    if not after_break:
        return f"{BREAK}\n"
    return blanks[0] + (f"{BREAK}\n" if len(blanks) > 1 else "")


def unautop(text: str, names: Sequence[str]) -> str:
    """Take the paragraph off each shortcode that stands alone in it."""
    pieces: list[str] = []
    position = 0
    for paragraph_start, start, end, paragraph_end in _paragraphs_of_shortcodes(text, names):
        pieces += (text[position:paragraph_start], text[start:end])
        position = paragraph_end
    return "".join((*pieces, text[position:]))


def _paragraphs_of_shortcodes(
    text: str, names: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield the offsets of paragraph, shortcode, and their ends."""
    wanted, closings = Names(names), Closings(text)
    ends = _ParagraphEnds(text)
    position = bracket = 0
    while (found := PARAGRAPH_START.search(text, position)) is not None:
        position = found.end()
        for name in wanted.candidates(text, found.start(1), found[1]):
            name_end = found.start(1) + len(name)
            if bracket < name_end:
                bracket = text.find("]", name_end)
            if bracket < 0:
                return
            for end in _possible_ends(text, closings, name, name_end, bracket):
                if (paragraph_end := ends.after(end)) >= 0:
                    yield found.start(), found.start(1) - 1, end, paragraph_end
                    position = paragraph_end
                    break
            else:
                continue
            break


def _possible_ends(
    text: str, closings: Closings, name: str, name_end: int, bracket: int
) -> Iterator[int]:
    """Yield where a shortcode may end: after its closing tag, or after its opening tag."""
    self_closing = bracket > name_end and text[bracket - 1] == "/"
    if not self_closing and (closing := closings.after(name, bracket + 1)) >= 0:
        yield closing + len(name) + 3
    yield bracket + 1


class _ParagraphEnds:
    """Ends of paragraphs that only blanks separate from a place; each place is read once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[int, int] = {}

    def after(self, position: int) -> int:
        """Return the offset after `</p>`, or -1 if something stands before it."""
        if position not in self._known:
            found = PARAGRAPH_END.match(self._text, position)
            self._known[position] = found.end() if found else -1
        return self._known[position]
