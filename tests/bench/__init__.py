"""Benchmarks: scripts that print figures anyone can repeat. Nothing here is a test, and no timing is asserted anywhere."""
