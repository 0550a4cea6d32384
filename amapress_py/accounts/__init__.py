"""Persons, households, roles, log-in."""
