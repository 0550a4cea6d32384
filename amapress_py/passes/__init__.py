"""“Quelqu’un vient à ma place”: a one-day pass for a friend or neighbour."""
