"""Widgets elsewhere: shortcodes in frames of other sites."""
