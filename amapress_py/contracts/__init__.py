"""Producers, contracts, signed contracts, baskets, jokers."""
