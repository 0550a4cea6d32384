"""Yearly memberships (adhésions): who promised, who paid."""
