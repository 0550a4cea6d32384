"""A simulated season: an AMAP, its books, and whether mails and journal tell the truth."""
