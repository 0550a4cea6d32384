"""Duty at deliveries (permanences): periods, seats, who sits there."""
