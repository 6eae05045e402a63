"""The listing screener: judges marketplace listings as they are published to Kafka, exactly once."""

__version__ = "0.1.0"
