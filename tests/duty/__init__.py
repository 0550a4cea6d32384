"""Tests of duty at deliveries."""
