"""Goal: a worker that cannot start says which setting is wrong and what to do, and ends with the code that keeps a supervisor from trying again.

Method: the command as a process, without a broker: nothing here gets as far as asking one.
Blind spot: settings that only the broker refuses.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import command


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SCREENER_KAFKA", "pass-word", "SCREENER_KAFKA is no JSON object"),
        ("SCREENER_KAFKA", '["pass-word"]', "SCREENER_KAFKA cannot be used"),
        ("SCREENER_LOG_LEVEL", "loud", "SCREENER_LOG_LEVEL cannot be used: input should be 'debug'"),
        ("SCREENER_ROUND_MAX_INPUTS", "abc", "SCREENER_ROUND_MAX_INPUTS cannot be used: input should be a valid integer"),
        ("SCREENER_ROUND_MAX_INPUTS", "0", "SCREENER_ROUND_MAX_INPUTS cannot be used: input should be greater than or equal to 1"),
        ("SCREENER_STUCK_AFTER_S", "nan", "SCREENER_STUCK_AFTER_S cannot be used: input should be a finite number"),
        ("SCREENER_TRANSACTION_TIMEOUT_MS", "1", "SCREENER_TRANSACTION_TIMEOUT_MS cannot be used: input should be greater than or equal to 1000"),
        ("SCREENER_APPLICATION", "a b", "SCREENER_APPLICATION cannot be used: string should match pattern"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str, words: str) -> None:
    done = command("worker", "--state-dir", str(tmp_path / "w1"), env={name: value})
    assert done.returncode == 78, done.stderr
    assert done.stderr.startswith(f"error: {words}")
    assert done.stderr.count("\n") == 1
    assert "pass-word" not in done.stderr
