"""Calendar feeds: the distributions of all, and each person’s own."""
