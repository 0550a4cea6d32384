"""“État du site”: what is missing or odd, and what mends it."""
