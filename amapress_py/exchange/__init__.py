"""Baskets offered by members and taken by intermittents."""
