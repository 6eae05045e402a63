"""Ends a process that no longer moves. Faust and librdkafka only log; a supervisor can only restart what ends."""

from __future__ import annotations

import threading

from screener.runtime.engine import Engine
from screener.runtime.exits import die

CHECK_EVERY_S = 1.0


def start_watchdog(engine: Engine) -> threading.Thread:
    """A thread beside the event loop, so that a blocked loop is seen too."""
    pause = threading.Event()

    def watch() -> None:
        while not pause.wait(CHECK_EVERY_S):
            if engine.is_stuck:
                die(
                    f"nothing moved for {engine.settings.stuck_after_s:.0f} s with work to do (lag {sum(engine.lag.values())}, "
                    f"{engine.not_ready_because or 'ready'}); the supervisor restarts the worker, look at the broker if it comes again"
                )

    thread = threading.Thread(target=watch, name="watchdog", daemon=True)
    thread.start()
    return thread
