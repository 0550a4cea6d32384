"""Shortcodes alone."""
