"""Tie a child process to its parent's life: when the parent dies, even by kill -9, the kernel signals the child.

This file is both a module (`tethered` wraps a command) and the script that the wrapped command runs: it asks the kernel for the signal
(Linux: PR_SET_PDEATHSIG, which survives exec), checks that the parent has not died meanwhile, and becomes the command. A step of its own instead
of Popen's preexec_fn, because code between fork and exec is unsafe once threads exist, and librdkafka always has some.

Limits: Linux only; elsewhere the command runs untied, and a kill -9 of the parent leaves the child behind. The kernel watches the *thread* that
started the child, so start it from the main one.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""


def tethered(command: Sequence[str], signal_number: int = signal.SIGKILL) -> list[str]:
    """Return the command that runs `command` (program by path, as exec takes it) and gives it `signal_number` when this process dies.

    The child keeps its pid through the exec. On anything but Linux the command comes back unchanged (see the limits above).
    """
    if sys.platform != "linux":
        return list(command)
    # -I -S: no site-packages, no PYTHON* variables; the step costs 20 ms instead of 60
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(signal_number)), *command]


def _become(parent_pid: int, signal_number: int, command: list[str]) -> None:
    """Ask for the signal, die at once if the parent is already gone, else exec `command` (never returns)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)  # died before the kernel was asked: nobody is left to signal us
    os.execv(command[0], command)  # noqa: S606 - the command is our caller's, no shell is meant


if __name__ == "__main__":
    _become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
