"""Peers as cold processes: a script of benchmarks/peers, run by the interpreter of its environment."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from peers.environment import FOLDER, NotInstalled, interpreter

from .cold import LONGEST, Run, cold

ARGN = "TabularARGN"


def peer(environment: str, script: str, asked: dict[str, Any], longest: float = LONGEST, **limits: Any) -> Run:
    """One run of a peer's script; that it cannot be installed is an answer too.

    Args:
        environment: name of the requirements, without their ending.
        script: file name in benchmarks/peers.
        asked: what the script is told, as JSON; paths become text.
        longest: seconds after which it is ended.
        **limits: those of `cold`.
    """
    try:
        python = interpreter(environment)
    except NotInstalled as error:
        return Run(0.0, 0.0, {}, f"not installed: {error}")
    asked = {k: str(v) if isinstance(v, Path) else v for k, v in asked.items()}
    return cold([str(python), str(FOLDER / script), json.dumps(asked)], longest, **limits)


def warm() -> None:
    """Import TabularARGN once, so that its first timed run does not pay for compiling it to byte code."""
    subprocess.run([str(interpreter("argn")), "-c", "import mostlyai.engine"], check=True)


def argn(longest: float, **asked: Any) -> Run:
    """One run of peers/argn.py."""
    return peer("argn", "argn.py", asked, longest)
