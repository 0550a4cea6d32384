"""The shortcode engine: rules, typing, registry, extension."""
