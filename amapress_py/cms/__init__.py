"""Pages in the database: content with shortcodes, protection, menu."""
