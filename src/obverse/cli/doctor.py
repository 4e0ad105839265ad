"""`obverse doctor`: what this installation has, where it looks for data, and whether it works."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import Any

import typer

from obverse.core.errors import ObverseError

from .errors import one_line_errors
from .options import Debug, Json
from .output import print_json, working

REQUIREMENT = re.compile(r"^(?P<name>[\w.-]+)[^;]*(?:;(?P<marker>.*))?$")
EXTRA = re.compile(r"extra == ['\"]([\w-]+)['\"]")
PLATFORM = re.compile(r"sys_platform (==|!=) ['\"](\w+)['\"]")


@one_line_errors
def doctor(as_json: Json = False, debug: Debug = False) -> None:
    """Show versions, extras, the machine and the data folders, and run a self-test; exit code 1 if it fails."""
    with working("running the self-test"):
        found = _findings()
    if as_json:
        print_json(found)
    else:
        typer.echo("\n".join(_lines(found)))
    if not found["self_test"]["ok"] or None in found["packages"].values():
        raise typer.Exit(1)


def _findings() -> dict[str, Any]:
    wanted = _wanted()
    packages = {name: _version(name) for name in wanted.pop("")}
    return {
        "obverse": _version("obverse"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "memory_gib": _memory(),
        "packages": packages,
        "extras": {extra: _extra(extra, names) for extra, names in sorted(wanted.items())},
        "data": _data(),
        "self_test": _self_test(),
    }


def _wanted() -> dict[str, list[str]]:
    """Names of the packages that each extra needs on this platform; `""` is the base."""
    wanted: dict[str, list[str]] = {"": []}
    for text in metadata.requires("obverse") or ():
        parts = REQUIREMENT.match(text)
        if parts is None or parts["name"] == "obverse":
            continue
        marker = parts["marker"] or ""
        extra, system = EXTRA.search(marker), PLATFORM.search(marker)
        if system is None or (sys.platform == system[2]) == (system[1] == "=="):
            wanted.setdefault(extra[1] if extra else "", []).append(parts["name"])
    return wanted


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _extra(extra: str, names: list[str]) -> dict[str, Any]:
    missing = [name for name in names if _version(name) is None]
    return {"present": not missing, "missing": missing, "install": f"pip install 'obverse[{extra}]'"}


def _memory() -> float | None:
    """Memory of the machine in GiB; None where the system does not tell."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None


def _data() -> dict[str, Any]:
    """The folders data sets are looked for in, in that order."""
    from obverse.data import catalogue

    own = os.environ.get("OBVERSE_DATA")
    return {"OBVERSE_DATA": own, "exists": own is not None and Path(own).is_dir(), "cache": str(catalogue.cache())}


def _self_test() -> dict[str, Any]:
    """Fit a small model and draw from it."""
    start = perf_counter()
    try:
        from obverse.data.read import read
        from obverse.facade import fit

        table = read("iris")
        drawn = fit("naive_bayes", table.frame, table.target, seed=0).sample(5, seed=0)
        ok, said = len(drawn) == 5, f"naive_bayes learned iris and drew {len(drawn)} rows"
    except (ObverseError, ImportError) as error:
        ok, said = False, str(error)
    return {"ok": ok, "said": said, "seconds": round(perf_counter() - start, 2)}


def _lines(found: dict[str, Any]) -> list[str]:
    """The findings for people."""
    data, test = found["data"], found["self_test"]
    memory = "unknown" if found["memory_gib"] is None else f"{found['memory_gib']} GiB"
    own = (
        "not set"
        if data["OBVERSE_DATA"] is None
        else data["OBVERSE_DATA"] + ("" if data["exists"] else " (no such folder)")
    )
    lines = [
        f"obverse   {found['obverse']}",
        f"python    {found['python']} on {found['platform']}",
        f"machine   {found['cores']} cores, memory {memory}",
        "packages",
        *(f"  {name:<14} {version or 'MISSING: pip install ' + name}" for name, version in found["packages"].items()),
        "extras",
    ]
    for extra, state in found["extras"].items():
        lines.append(f"  {extra:<14} {'present' if state['present'] else state['install']}")
    lines += [
        "data is looked for in",
        f"  $OBVERSE_DATA  {own}",
        f"  cache          {data['cache']}",
        f"self-test {'ok' if test['ok'] else 'FAILED'}: {test['said']} in {test['seconds']} s",
    ]
    return lines
