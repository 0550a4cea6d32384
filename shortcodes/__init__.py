"""The shortcodes of an AMAP’s pages: one module a tag."""
