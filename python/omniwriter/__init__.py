"""Between any load test and the monitoring you already have."""

from omniwriter._core import Integration, OmniWriterError, RefusedError, UnreachableError, UsageError

__all__ = ["Integration", "OmniWriterError", "RefusedError", "UnreachableError", "UsageError"]
