"""The factory: what the application is made of, as a list."""

import logging
import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from amapress_py import bench, db, health, i18n, jobs, web
from amapress_py.accounts import (
    access,
    accesses_admin,
    administration,
    backoffice,
    login,
    roles,
    viewer,
)
from amapress_py.accounts import admin as accounts_admin
from amapress_py.accounts import checks as accounts_checks
from amapress_py.accounts import jobs as accounts_jobs
from amapress_py.accounts import views as accounts_views
from amapress_py.accounts.models import Scope
from amapress_py.agenda import pages as agenda_pages
from amapress_py.agenda import views as agenda_views
from amapress_py.backup import admin as backup_admin
from amapress_py.backup import checks as backup_checks
from amapress_py.backup import jobs as backup_jobs
from amapress_py.cms import admin as cms_admin
from amapress_py.cms import (
    appearance,
    contact,
    editor,
    feeds,
    look,
    menu_admin,
    search_views,
    theme,
)
from amapress_py.cms import checks as cms_checks
from amapress_py.cms import help as cms_help
from amapress_py.cms import jobs as cms_jobs
from amapress_py.cms import render as cms_render
from amapress_py.cms import repair_admin as cms_repair
from amapress_py.cms import views as cms_views
from amapress_py.config import Config
from amapress_py.contracts import admin as contracts_admin
from amapress_py.contracts import claims, conditions, occasion_views, office_queries, states
from amapress_py.contracts import jobs as contracts_jobs
from amapress_py.contracts import messages_admin as contract_messages
from amapress_py.contracts import queries as contracts_queries
from amapress_py.contracts import reports_admin as contracts_reports
from amapress_py.contracts import validation_views as contracts_validation
from amapress_py.contracts import views as contracts_views
from amapress_py.contracts.wording import WORDINGS as CONTRACT_WORDINGS
from amapress_py.deliveries import admin as deliveries_admin
from amapress_py.deliveries import baskets, watcher
from amapress_py.deliveries import checks as deliveries_checks
from amapress_py.deliveries import queries as deliveries_queries
from amapress_py.duty import admin as duty_admin
from amapress_py.duty import jobs as duty_jobs
from amapress_py.duty import queries as duty_queries
from amapress_py.duty import views as duty_views
from amapress_py.duty.watching import Seats
from amapress_py.duty.wording import WORDINGS as DUTY_WORDINGS
from amapress_py.embed import admin as embed_admin
from amapress_py.embed import cookies as embed_cookies
from amapress_py.embed import views as embed_views
from amapress_py.events import admin as events_admin
from amapress_py.events import services as events_services
from amapress_py.events import views as events_views
from amapress_py.events.wording import WORDINGS as EVENT_WORDINGS
from amapress_py.exchange import admin as exchange_admin
from amapress_py.exchange import bulk_admin, joining, joining_admin
from amapress_py.exchange import checks as exchange_checks
from amapress_py.exchange import guests as exchange_guests
from amapress_py.exchange import jobs as exchange_jobs
from amapress_py.exchange import queries as exchange_queries
from amapress_py.exchange import services as exchange_services
from amapress_py.exchange import statistics_admin as exchange_statistics
from amapress_py.exchange import views as exchange_views
from amapress_py.exchange.claims import OfferedBaskets
from amapress_py.exchange.wording import WORDINGS
from amapress_py.health import admin as health_admin
from amapress_py.health import checks as health_checks
from amapress_py.health import jobs as health_jobs
from amapress_py.mail import admin as mail_admin
from amapress_py.mail import checks as mail_checks
from amapress_py.mail import jobs as mail_jobs
from amapress_py.mail import sending, wording, wording_admin
from amapress_py.media import admin as media_admin
from amapress_py.media import checks as media_checks
from amapress_py.media import logos
from amapress_py.media import views as media_views
from amapress_py.membership import admin as membership_admin
from amapress_py.membership import checks as membership_checks
from amapress_py.membership import conditions as membership_conditions
from amapress_py.membership import views as membership_views
from amapress_py.passes import jobs as passes_jobs
from amapress_py.passes import views as passes_views
from amapress_py.passes.watching import Passes
from amapress_py.privacy import views as privacy_views
from amapress_py.settings import admin as settings_admin
from amapress_py.sheets import admin as sheets_admin
from amapress_py.sheets import contract_admin, families_admin, mailing_admin, producer_admin
from amapress_py.sheets import jobs as sheets_jobs
from amapress_py.sheets.wording import WORDINGS as SHEET_WORDINGS
from amapress_py.transfer import admin as transfer_admin
from amapress_py.transfer import jobs as transfer_jobs

BLUEPRINTS = (
    accounts_views.bp,
    exchange_views.bp,
    agenda_views.bp,
    agenda_pages.bp,
    exchange_guests.bp,
    passes_views.bp,
    mail_admin.demo_bp,
    accounts_admin.bp,
    accesses_admin.bp,
    privacy_views.bp,
    deliveries_admin.bp,
    contracts_admin.bp,
    contract_messages.bp,
    contracts_validation.bp,
    contracts_views.bp,
    occasion_views.bp,
    contracts_reports.bp,
    exchange_admin.bp,
    bulk_admin.bp,
    joining.bp,
    joining_admin.bp,
    membership_admin.bp,
    membership_views.bp,
    duty_admin.bp,
    duty_views.bp,
    events_admin.bp,
    events_views.bp,
    exchange_statistics.bp,
    sheets_admin.bp,
    sheets_admin.living_bp,
    producer_admin.bp,
    producer_admin.link_bp,
    contract_admin.bp,
    contract_admin.own_bp,
    families_admin.bp,
    mailing_admin.bp,
    transfer_admin.bp,
    cms_admin.bp,
    cms_help.bp,
    contact.bp,
    menu_admin.bp,
    search_views.bp,
    feeds.bp,
    editor.bp,
    mail_admin.bp,
    wording_admin.bp,
    media_admin.bp,
    media_views.bp,
    embed_admin.bp,
    embed_views.bp,
    appearance.bp,
    settings_admin.bp,
    health_admin.bp,
    cms_repair.bp,
    backup_admin.bp,
    cms_views.bp,  # last: its route takes every path that nobody else has
)
MENU = (
    *exchange_admin.MENU,
    *joining_admin.MENU,
    *exchange_statistics.MENU,
    *wording_admin.MENU,
    *deliveries_admin.MENU,
    *contracts_admin.MENU,
    *contract_messages.MENU,
    *producer_admin.MENU,
    *events_admin.MENU,
    *duty_admin.MENU,
    *membership_admin.MENU,
    *families_admin.MENU,
    *accounts_admin.MENU,
    *mailing_admin.MENU,
    *accesses_admin.MENU,
    *health_admin.MENU,
    *cms_admin.MENU,
    *menu_admin.MENU,
    *transfer_admin.MENU,
    *cms_help.MENU,
    *media_admin.MENU,
    *embed_admin.MENU,
    *mail_admin.MENU,
    *appearance.MENU,
    *settings_admin.MENU,
)
JOBS = (
    *mail_jobs.JOBS,
    *exchange_jobs.JOBS,
    *accounts_jobs.JOBS,
    *passes_jobs.JOBS,
    *cms_jobs.JOBS,
    *duty_jobs.JOBS,
    *contracts_jobs.JOBS,
    *backup_jobs.JOBS,
    *transfer_jobs.JOBS,
    *sheets_jobs.JOBS,
    *health_jobs.JOBS,
)
CHECKS = (
    *cms_checks.CHECKS,
    *media_checks.CHECKS,
    *mail_checks.CHECKS,
    *health_checks.CHECKS,
    *backup_checks.CHECKS,
    *accounts_checks.CHECKS,
    *deliveries_checks.CHECKS,
    *exchange_checks.CHECKS,
    *membership_checks.CHECKS,
)


def create_app(settings: Config | None = None) -> Flask:
    """Build the application from `settings` (default: the environment)."""
    settings = settings or Config.from_env(os.environ)
    app = web.Site("amapress_py", static_folder=None, template_folder="templates")
    app.logger.setLevel(logging.INFO)
    web.init_app(app, settings)
    db.init_app(app, settings.database_url)
    i18n.init_app(app)
    login.init_app(app)
    access.init_app(app)
    theme.init_app(app)
    embed_cookies.init_app(app)
    cms_render.init_app(app)
    feeds.init_app(app)
    sending.init_app(app)
    jobs.init_app(app, JOBS)
    backoffice.init_app(app, MENU)
    health.init_app(app, CHECKS)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.bench:
        bench.init_app(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    plug(app)
    return app


def plug(app: Flask) -> None:
    """Answer what a lower domain asks of a higher one."""
    viewer.plug_flags(app, {**contracts_queries.viewer_flags(), **exchange_queries.viewer_flags()})
    viewer.plug_flags(app, duty_queries.viewer_flags())
    web.plug_tag_pages(app, cms_views.path_of_tag)
    wording.plug(app, WORDINGS, EVENT_WORDINGS, DUTY_WORDINGS, CONTRACT_WORDINGS, SHEET_WORDINGS)
    states.plug_forget(app, events_services.forget_contract)
    conditions.plug_condition(app, membership_conditions.to_sign)
    sending.plug_guard(app, "alert:", exchange_queries.wants_alert)
    administration.plug_closing(app, exchange_services.withdraw_closed)
    roles.plug_scopes(app, Scope.PRODUCER, office_queries.producer_names)
    roles.plug_scopes(app, Scope.CONTRACT, office_queries.contract_names)
    roles.plug_scopes(app, Scope.PLACE, deliveries_queries.place_choices)
    baskets.plug_baskets(app, contracts_queries)
    look.plug_logos(app, logos)
    offered = OfferedBaskets()
    claims.plug_claims(app, offered)
    watcher.plug_watcher(app, watcher.Each(offered, Seats(), Passes()))
