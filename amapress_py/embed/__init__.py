"""Widgets elsewhere: shortcodes in frames of other sites, always as a visitor sees them."""
