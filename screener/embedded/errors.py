"""What can go wrong with the embedded broker: one exception, and one special case that is the caller's own mistake."""

ELSEWHERE = "or name a broker of your own with --bootstrap"
"""The way out that always exists; error texts end with it where nothing nearer helps."""


class EmbeddedBrokerError(Exception):
    """The embedded broker cannot start or go on; the text says why and ends with what to do (exit code 3)."""


class PortInUseError(EmbeddedBrokerError):
    """The wanted port is taken by another process (exit code 2: the caller chose it)."""
