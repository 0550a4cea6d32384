"""Somebody at a browser without scripts: follows links, fills in forms, presses buttons."""

from dataclasses import dataclass
from http.client import HTTPMessage, HTTPResponse
from http.cookiejar import Cookie, CookieJar
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from bs4 import BeautifulSoup, Tag

from amapress_py.demo import PASSWORD

TIMEOUT_SECONDS = 60


def plain(text: str) -> str:
    """Return a text with simple spaces, so that a test can be read."""
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


@dataclass(frozen=True)
class Form:
    """A form as it stands on a page: where it goes and what its fields hold."""

    action: str
    page: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Page:
    """What came back: the last page after redirects."""

    status: int
    url: str
    soup: BeautifulSoup
    headers: HTTPMessage

    @property
    def text(self) -> str:
        """All its words."""
        return plain(self.soup.get_text(" "))

    @property
    def path(self) -> str:
        """Path and query of its address."""
        parts = urlsplit(self.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def messages(self) -> list[str]:
        """Sentences on top: what was done, or why not."""
        return [plain(one.get_text(" ")) for one in self.soup.select("p.message")]

    def has_button(self, label: str, inside: str = "main") -> bool:
        """Tell whether a button is there, in the part that a selector names."""
        return any(self._buttons(label, inside))

    def form(self, label: str, inside: str = "main") -> Form:
        """Return the form of the first button that begins with a label."""
        button = next(iter(self._buttons(label, inside)), None)
        assert button is not None, f"no button {label!r} in {inside!r} of {self.url}:\n{self.text}"
        form = button.find_parent("form")
        assert form is not None
        fields = {
            str(one["name"]): _value(one)
            for one in form.select("input[name], textarea[name], select[name]")
            if one.get("type") not in ("checkbox", "radio") or one.has_attr("checked")
        }
        action = urljoin(self.url, str(form.get("action") or self.url))
        return Form(action, self.url, fields)

    def link(self, label: str, inside: str = "main") -> str:
        """Return where a link leads."""
        for part in self.soup.select(inside):
            for one in part.select("a[href]"):
                if plain(one.get_text(" ")).startswith(label):
                    return urljoin(self.url, str(one["href"]))
        raise AssertionError(f"no link {label!r} in {inside!r} of {self.url}")

    def _buttons(self, label: str, inside: str) -> list[Tag]:
        return [
            one
            for part in self.soup.select(inside)
            for one in part.select("button")
            if plain(one.get_text(" ")).startswith(label)
        ]


def _value(field: Tag) -> str:
    if field.name == "textarea":
        return field.get_text()
    if field.name == "select":
        chosen = field.select_one("option[selected]") or field.select_one("option")
        return str(chosen.get("value", "")) if chosen else ""
    return str(field.get("value", ""))


class _Stay(HTTPRedirectHandler):
    """Follow nothing."""

    def redirect_request(  # the base class leaves it untyped
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


class Reader:
    """A browser with cookies of its own."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._cookies = CookieJar()
        cookies = HTTPCookieProcessor(self._cookies)
        self._opener = build_opener(cookies)
        self._stay = build_opener(cookies, _Stay())

    def remember(self, name: str, value: str) -> None:
        """Keep a cookie for this machine, as a server would set it."""
        host = str(urlsplit(self.address).hostname)
        self._cookies.set_cookie(
            Cookie(0, name, value, None, False, host, True, False, "/", True, False, None, True,
                   None, None, {})
        )  # fmt: skip

    def open(self, link: str) -> Page:
        """Open a path or an address, following redirects."""
        return self._page(Request(urljoin(self.address, link)))

    def press(self, form: Form, at: str = "", **typed: str) -> Page:
        """Send a form with what was typed, to the server `at` instead of its own."""
        return self._page(self._request(form, at, typed))

    def status_of(self, form: Form, **typed: str) -> int:
        """Send a form, follow nothing, return the status."""
        try:
            answer: HTTPResponse = self._stay.open(
                self._request(form, "", typed), timeout=TIMEOUT_SECONDS
            )
        except HTTPError as error:
            with error:
                return error.code
        with answer:
            return answer.status

    def log_in(self, email: str, page: Page | None = None) -> Page:
        """Log in, on the page where one was asked to."""
        page = page or self.open("/connexion")
        done = self.press(page.form("Se connecter"), email=email, password=PASSWORD)
        assert done.status == 200, done.text
        return done

    def _request(self, form: Form, at: str, typed: dict[str, str]) -> Request:
        body = urlencode({**form.fields, **typed}).encode()
        action = urljoin(at, urlsplit(form.action).path) if at else form.action
        return Request(action, body, {"Referer": form.page})

    def _page(self, request: Request) -> Page:
        try:
            answer = self._opener.open(request, timeout=TIMEOUT_SECONDS)
        except HTTPError as error:
            answer = error
        with answer:
            soup = BeautifulSoup(answer.read(), "html.parser")
            return Page(answer.status or 0, answer.url, soup, answer.headers)
