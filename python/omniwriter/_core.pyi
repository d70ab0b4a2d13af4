"""The core of Omni Writer. Every call may come from any thread; other threads run while a server is waited for."""

from typing import Literal, Optional, TypedDict

System = Literal["grafana", "prometheus", "elasticsearch", "influxdb"]

class OmniWriterError(RuntimeError):
    """What OmniWriter could not do, and why."""

class UsageError(OmniWriterError, ValueError):
    """A number, name or setting that cannot be."""

class UnreachableError(OmniWriterError, ConnectionError):
    """A server did not answer; the same call may succeed later."""

class RefusedError(OmniWriterError):
    """A server answered and said no."""

class SystemResult(TypedDict):
    system: str
    configured: bool
    ok: bool
    problem: str

class ReportFiles(TypedDict):
    markdown: str
    json: str
    html: str

class Integration:
    def __init__(self, config_file: Optional[str] = ...) -> None:
        """Reads the configuration: environment over file over default. Raises UsageError."""
    def update_metrics(
        self,
        *,
        test_name: str,
        requests_count: int,
        response_time: float,
        errors_count: int,
        active_users: float,
        throughput: float,
        cpu_usage: float,
        memory_usage: float,
    ) -> str:
        """Counts what happened since the last call (response_time: the mean in milliseconds) and pushes all metrics of
        the test. No server stops the caller: gives why it could not be pushed, empty where it was. What cannot be pushed
        stays counted and comes with the next push. Raises UsageError for a number that cannot be."""
    def send_metrics(self, system: Literal["elasticsearch", "influxdb"], record: str) -> bool:
        """Writes a record, as JSON text. False where the system is not configured."""
    def integrate(self, system: System) -> SystemResult: ...
    def integrate_all(self) -> list[SystemResult]: ...
    def report_json(self) -> str: ...
    def write_reports(self) -> ReportFiles: ...
