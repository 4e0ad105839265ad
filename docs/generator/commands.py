"""The command line as a page: every verb's usage, arguments and options, from the texts of `obverse VERB --help`."""

from __future__ import annotations

import inspect
from typing import Any

from typer.main import get_command

from obverse import cli

from . import markdown

EXITS = """Exit codes: 0 done, 1 failed or stopped, 2 wrong usage (also a condition that cannot be read). Answers go to
stdout, remarks and progress to stderr. An error is one line that says what is wrong and what to do next; `--debug` adds
the traceback. Every verb has `--json`: standard JSON, one object, or a list of them for `list`, `check` and
`data list`."""


def page() -> str:
    """The whole page."""
    group: Any = get_command(cli.app)
    parts = [section(command, f"obverse {name}") for name, command in group.commands.items()]
    rows = [(f"[`obverse {n}`](#obverse-{n})", markdown.cell(_first(c))) for n, c in group.commands.items()]
    made_from = "the verbs in `src/obverse/cli`"
    return markdown.page("Command line", made_from, EXITS, markdown.table(("verb", "what it does"), rows), *parts)


def section(command: Any, name: str, level: int = 2) -> str:
    """One verb, and the verbs below it."""
    parameters = [p for p in command.params if not getattr(p, "hidden", False)]
    arguments = [p for p in parameters if p.param_type_name == "argument"]
    options = [p for p in parameters if p.param_type_name == "option"]
    inner = getattr(command, "commands", {})
    rest = ["[OPTIONS]"] * bool(options) + ["VERB"] * bool(inner)
    shown = " ".join([name, *map(_placed, arguments), *rest])
    parts = [f"{'#' * level} `{name}`", f"```text\n{shown}\n```", markdown.prose(inspect.cleandoc(command.help or ""))]
    if arguments:
        rows = [(markdown.cell(f"`{_metavar(p)}`"), _said(p)) for p in arguments]
        parts.append(markdown.table(("argument", "meaning"), rows))
    if options:
        rows = [(" ".join(f"`{o}`" for o in p.opts) + _value(p), _said(p)) for p in options]
        parts.append(markdown.table(("option", "meaning"), rows))
    parts += [section(one, f"{name} {verb}", level + 1) for verb, one in inner.items()]
    return "\n\n".join(parts)


def _first(command: Any) -> str:
    """The first sentence of the help."""
    return inspect.cleandoc(command.help or "").partition("\n\n")[0]


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _placed(argument: Any) -> str:
    return _metavar(argument) if argument.required else f"[{_metavar(argument)}]"


def _value(option: Any) -> str:
    """The name of the option's value; nothing for a flag."""
    if option.is_flag:
        return ""
    return f" `{_metavar(option)}`"


def _said(parameter: Any) -> str:
    """The help, whether it must be given, and what it is otherwise."""
    text = parameter.help or ""
    if parameter.required and parameter.param_type_name == "option":
        text += " Required."
    elif parameter.default is not None and parameter.default is not False and not parameter.multiple:
        text += f" Default: `{parameter.default}`."
    return markdown.cell(text)
