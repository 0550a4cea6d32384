"""Where a page is written, and looked at before it is saved; administrators only."""

import secrets
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import (
    session as cookie,
)
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms import HiddenField, SelectField, StringField, TextAreaField

from amapress_py import clock, db, settings, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.forms import Form
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.cms import clean as cleaning
from amapress_py.cms import drafts, notices, queries, render, services
from amapress_py.cms.compare import side_by_side
from amapress_py.cms.composing import MOST_CODE, compose
from amapress_py.cms.drafts import NEW_PAGE, Typed
from amapress_py.cms.forms import MOST_TITLE, PageForm, day_field, hour_field, values_of
from amapress_py.cms.models import PageState
from amapress_py.cms.queries import PageRow
from amapress_py.cms.rules import audience_sentence, audience_words, may_see
from amapress_py.cms.samples import READERS
from amapress_py.cms.services import EditedMeanwhile, SetMeanwhile
from amapress_py.errors import DomainError, NotFound
from amapress_py.i18n import _, _l

LARGE_BYTES = 150_000  # from there on the screen counts
CHIP_KEYS = ("tag", "aliases", "title", "enclosing")
MADE = "made_pages"  # in the cookie: the last new pages, by what their form carried
MOST_MADE = 5
MOST_AUDIENCE = 200  # signs, as the column

bp = Blueprint("editor", __name__, url_prefix="/admin/pages")
only_admins = requires(Role.ADMIN)


# ----- The screen


@bp.route("/nouvelle", methods=["GET", "POST"])
@only_admins
def new() -> ResponseReturnValue:
    """Write a new page."""
    row = _made_before() if request.method == "POST" else None
    return _edit(None) if row is None else _made(row)


@bp.route("/<int:page_id>", methods=["GET", "POST"])
@only_admins
def edit(page_id: int) -> ResponseReturnValue:
    """Change a page."""
    try:
        return _edit(queries.page(db.session(), page_id))
    except NotFound as gone:
        in_trash = (one.id for one in queries.trash(db.session()))
        if request.method != "POST" or page_id not in in_trash:
            raise
        return _gone(gone)


def _gone(gone: NotFound) -> ResponseReturnValue:
    """Keep the text of a page that somebody put into the trash meanwhile."""
    form = PageForm(queries.site_pages(db.session()))
    form.validate()
    told = _("Votre texte est ci-dessous ; si vous l’enregistrez, ce sera une nouvelle page.")
    form.form_errors.append(f"{gone} {told}")
    return _screen(form, None, 409)


def _made_before() -> PageRow | None:
    """Return the page that this form made already, before somebody came back to it."""
    made = cookie.get(MADE, {})
    page_id = made.get(request.form.get("made", "")) if isinstance(made, dict) else None
    return queries.site_pages(db.session()).by_id.get(page_id or 0)


def _made(row: PageRow) -> ResponseReturnValue:
    """Go on with the page that was made, not with a second one."""
    form = PageForm(queries.site_pages(db.session()), row)
    form.validate()
    values = values_of(row, "")
    form.revision.data, form.seen.data = values["revision"], values["seen"]
    form.path.data = form.path.data or row.path
    told = _(
        "Cette page est déjà enregistrée, à l’adresse %(url)s. Pour y mettre ce qui est ci-dessous,"
        " enregistrez à nouveau.",
        url=row.url,
    )
    form.form_errors.append(told)
    return _screen(form, row, 409)


def _edit(row: PageRow | None) -> ResponseReturnValue:
    session = db.session()
    own, others = drafts.of_page(session, row.id if row else NEW_PAGE, viewer().person_id)
    values = {}
    resumed = None
    if request.method == "GET":
        if row is not None:
            values = values_of(row, queries.body(session, row.revision_id))
        if own is not None and "brouillon" in request.args:
            resumed = own
            values |= {"title": own.title, "body": own.body, "revision": str(own.revision_id)}
    form = PageForm(queries.site_pages(session), row, data=values)
    if form.validate_on_submit():
        return _save(form, row)
    return _screen(
        form,
        row,
        422 if form.is_submitted() else 200,
        own=None if form.is_submitted() else own,
        resumed=resumed,
        others=others,
    )


def _save(form: PageForm, row: PageRow | None) -> ResponseReturnValue:
    try:
        with db.transaction() as session:
            page = services.save_page(
                session,
                row.id if row else None,
                form.draft(),
                viewer().person_id,
                int(form.revision.data or 0),
            )
            path, page_id = page.path, page.id
    except SetMeanwhile as refusal:
        form.form_errors.append(str(refusal))
        other = None
        if isinstance(refusal, EditedMeanwhile):
            form.revision.data = str(refusal.revision_id)
            other = refusal.body
        if row is not None:
            form.tell(row, refusal.disputed)
        return _screen(form, row, refusal.status, other=other)
    except DomainError as refusal:
        form.form_errors.append(str(refusal))
        return _screen(form, row, 422)
    if row is None and (made := request.form.get("made", "")[:40]):
        before = cookie.get(MADE, {})
        kept = list(before.items())[-MOST_MADE + 1 :] if isinstance(before, dict) else []
        cookie[MADE] = {**dict(kept), made: page_id}
    flash(_("La page est enregistrée."), "success")
    if row is not None and path != row.path and row.path:
        flash(_("Son ancienne adresse, %(url)s, mène à la nouvelle.", url=row.url), "info")
    return redirect(url_for("cms.page", path=path), 303)


def _screen(
    form: PageForm,
    row: PageRow | None,
    status: int,
    *,
    other: str | None = None,
    own: drafts.Draft | None = None,
    resumed: drafts.Draft | None = None,
    others: object = (),
) -> ResponseReturnValue:
    shortcodes = render.registered().help_data()
    pages = queries.site_pages(db.session())
    page = render_template(
        "admin/cms/edit.html",
        form=form,
        page=row,
        look=LookForm(formdata=None, reader="member" if form.is_protected.data else "visitor"),
        compared=None if other is None else side_by_side(other, form.body.data or ""),
        own=own,
        resumed=resumed,
        others=others,
        made=request.form.get("made", "")[:40] or secrets.token_urlsafe(9),
        wall_hour=drafts.wall_hour,
        shortcodes=shortcodes,
        notices=notices.of(form.body.data or "", row.audience if row else ""),
        pages=sorted(pages.rows, key=lambda one: one.title.casefold()),
        scheduled=PageState.SCHEDULED.value,
        allowed={
            "tags": sorted(cleaning.TAGS),
            "attributes": cleaning.ATTRIBUTES,
        },
        chips=[
            {key: one[key] for key in ("tag", "aliases", "title", "enclosing")}
            for one in shortcodes
        ],
        most_bytes=cleaning.MOST_BYTES,
        large_bytes=LARGE_BYTES,
    )
    return page, status


# ----- Drafts


@bp.after_request
def tell_scripts(response: Response) -> Response:
    """Answer a refusal to a script in its own language, with the same French sentence."""
    if response.status_code >= 400 and _wants_json() and response.mimetype != "application/json":
        sentences = {
            400: _("Cette page est ouverte depuis trop longtemps : rechargez-la."),
            403: _("Vous n’avez pas le droit de faire cela."),
            404: _("Cette page n’existe plus."),
            413: _("Ce texte est trop long : rien n’est gardé."),
        }
        sentence = sentences.get(response.status_code, _("Rien n’est gardé : réessayez."))
        return make_response(jsonify(error=sentence), response.status_code)
    return response


def _wants_json() -> bool:
    kinds = ["text/html", "application/json"]
    return request.accept_mimetypes.best_match(kinds) == "application/json"


class TextForm(Form):
    """What is kept of a page that is being written."""

    title = StringField(filters=[lambda text: web.clean_text(text or "", web.MAX_FORM_BYTES)])
    body = TextAreaField(filters=[lambda text: web.clean_text(text or "", web.MAX_FORM_BYTES)])
    revision = HiddenField()
    presence = StringField()  # "looks": nothing typed yet; "leaves"; else a text to keep

    def typed(self) -> Typed:
        """Return title and text as they were typed, the title as long as it may be."""
        return Typed(
            self.title.data[:MOST_TITLE],
            self.body.data,
            web.key_of(self.revision.data or "") or 0,
            is_changed=self.presence.data not in ("looks", "leaves"),
        )


@bp.post("/<int:page_id>/brouillon")
@only_admins
def keep_draft(page_id: int) -> ResponseReturnValue:
    """Keep what is typed; tell a script who else is at the page."""
    row = None if page_id == NEW_PAGE else queries.page(db.session(), page_id)
    form = TextForm()
    typed = form.typed()
    me = viewer().person_id
    newer = None if row is None else drafts.newer(db.session(), row, typed.revision_id)
    saved_at = None
    # A text that its author saved meanwhile is no draft: a late message must not bring it back.
    if newer is None or newer.author_id != me:
        with db.transaction() as session:
            if form.presence.data == "leaves":
                drafts.leave(session, page_id, me)
            else:
                saved_at = drafts.keep(session, page_id, me, typed)
    if not _wants_json():
        flash(_("Votre brouillon est gardé. La page elle-même n’a pas changé."), "success")
        return redirect(_screen_url(page_id, brouillon=1), 303)
    _own, others = drafts.of_page(db.session(), page_id, me)
    sentence = ""
    if saved_at is not None and typed.is_changed:
        sentence = _("Brouillon gardé %(when)s.", when=drafts.wall_hour(saved_at))
    return jsonify(
        saved=sentence,
        others=[_("%(name)s modifie aussi cette page.", name=name) for name in others],
        newer=newer.sentence if newer else "",
    )


@bp.post("/<int:page_id>/brouillon/jeter")
@only_admins
def drop_draft(page_id: int) -> ResponseReturnValue:
    """Forget what was typed."""
    if page_id != NEW_PAGE:
        queries.page(db.session(), page_id)
    with db.transaction() as session:
        services.forget_draft(session, page_id, viewer().person_id)
    flash(_("Votre brouillon est jeté. La page elle-même n’a pas changé."), "success")
    return redirect(_screen_url(page_id), 303)


def _screen_url(page_id: int, brouillon: int | None = None) -> str:
    if page_id == NEW_PAGE:
        return url_for(".new", brouillon=brouillon)
    return url_for(".edit", page_id=page_id, brouillon=brouillon)


# ----- Preview


class LookForm(Form):
    """Who looks at a preview, and when."""

    class Meta(Form.Meta):
        """The page's own form carries the token."""

        csrf = False

    reader = SelectField(_l("Vu par"), validate_choice=False)
    look_day = day_field(_l("le"))
    look_time = hour_field(_l("à"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.reader.choices = [(kind, label) for kind, (label, _viewer) in READERS.items()]

    def instant(self) -> datetime | None:
        """Return the imagined instant, None for now; raise DomainError for what is none."""
        self.validate()
        for field in (self.look_day, self.look_time):
            if field.errors:
                raise BadInstant(field.errors[0])
        if self.look_day.data is None and self.look_time.data is None:
            return None
        day = self.look_day.data or clock.today()
        hour = self.look_time.data or clock.paris(clock.now()).time()
        return clock.at(day, hour)


class BadInstant(DomainError):
    """A day or an hour that is none."""

    status = 422


@bp.post("/apercu")
@only_admins
def preview() -> ResponseReturnValue:
    """Show a text that is not saved as somebody would read it; for the frame of the screen."""
    look = LookForm()
    session = db.session()
    queries.site_pages(session)  # before it is another hour: what is kept must be of today
    settings.current()
    kind = look.reader.data
    who = READERS[kind if kind in READERS else "visitor"][1]
    title = web.clean_text(request.form.get("title", ""), MOST_TITLE)
    status = 200
    try:
        instant = look.instant()
        cleaned = cleaning.clean(request.form.get("body", ""))
        g.viewer = who
        with clock.imagined(instant) if instant else nullcontext():
            page = _as_read(title, cleaned, _asked_audience())
    except DomainError as refusal:
        g.viewer = who
        status = refusal.status
        page = _previewed(title, _note(str(refusal)))
    finally:
        queries.site_pages(session).holders.clear()  # found at another hour, perhaps
        session.rollback()
    response = make_response(page, status)
    policy = web.POLICY.format(ancestors="'self'")
    response.headers["Content-Security-Policy"] = policy
    return response


def _asked_audience() -> str:
    if not request.form.get("is_protected"):
        return ""
    words = audience_words(",".join(request.form.getlist("audience"))[:MOST_AUDIENCE])
    return ",".join(words) or "connected"


def _as_read(title: str, cleaned: str, audience: str) -> str:
    if not may_see(viewer(), audience):
        return _previewed(title, _note(_refusal(audience)))
    body = render.text(cleaned, "/")
    return _previewed(title, body, render.notices())


def _refusal(audience: str) -> str:
    if viewer().is_connected:
        return _("Cette page est réservée à : %(who)s.", who=audience_sentence(audience))
    return _("Ce lecteur ne voit pas cette page : il arrive à la page de connexion.")


def _note(sentence: str) -> Markup:
    return Markup('<p class="note">{}</p>').format(sentence)


def _previewed(title: str, body: Markup, notices: object = ()) -> str:
    page = {"title": title or _("Aperçu")}
    return render_template("admin/cms/preview.html", page=page, body=body, notices=notices)


# ----- Shortcodes


@bp.get("/shortcode/<tag>")
@only_admins
def shortcode(tag: str) -> ResponseReturnValue:
    """Show a shortcode's parameters as a form, and the code that they make."""
    found = render.registered().registry.get(tag)
    if found is None:
        raise NotFound(_("Ce shortcode n’existe pas."))
    code = request.args.get("code", "")
    if len(code) > MOST_CODE:
        raise TooLong
    typed = None
    if "composer" in request.args:
        typed = {key.removeprefix("p-"): value for key, value in request.args.items()}
    composition = compose(found, web.clean_text(code, MOST_CODE), typed)
    page = render_template(
        "admin/cms/shortcode.html",
        composition=composition,
        help=next(one for one in render.registered().help_data() if one["tag"] == found.tag),
        is_composed=typed is not None and not composition.errors,
    )
    return page, 422 if composition.errors else 200


class TooLong(DomainError):
    """A shortcode that no page holds."""

    status = 422
    message = _l("Ce shortcode est trop long.")
