"""Places and distribution dates."""
