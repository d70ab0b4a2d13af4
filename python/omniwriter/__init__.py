"""Between any load test and the monitoring you already have."""

from omniwriter._core import Integration, OmniWriterError, RefusedError, UnreachableError, UsageError
from omniwriter.monitoring_integration import MonitoringIntegration

__all__ = ["Integration", "MonitoringIntegration", "OmniWriterError", "RefusedError", "UnreachableError", "UsageError"]
