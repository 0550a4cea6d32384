"""Mail: outbox rows written with the change that causes them, sent by the worker."""
