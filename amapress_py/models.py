"""Every table, imported once: for migrations and for tests."""

import amapress_py.accounts.models
import amapress_py.agenda.models
import amapress_py.cms.models
import amapress_py.contracts.models
import amapress_py.deliveries.models
import amapress_py.duty.models
import amapress_py.events.models
import amapress_py.exchange.models
import amapress_py.mail.models
import amapress_py.media.models
import amapress_py.membership.models
import amapress_py.passes.models
import amapress_py.settings.models
import amapress_py.sheets.models
import amapress_py.transfer.models  # noqa: F401
