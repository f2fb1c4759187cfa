"""`flask --help` lists our commands, each with what it does."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo

OF_THE_LIBRARIES = {"limiter", "routes", "run", "shell"}


def test_flask_help_lists_every_command_of_ours_with_a_help_text(app: Flask) -> None:
    group = FlaskGroup(create_app=lambda: app)
    context = click.Context(group, obj=ScriptInfo(create_app=lambda: app))
    ours = {name: app.cli.commands[name] for name in sorted(set(app.cli.commands) - OF_THE_LIBRARIES)}
    assert ours.keys() >= {"demo", "deploy-check", "ledger", "migrate", "schedule", "states", "ticker", "worker"}
    assert set(ours) <= set(group.list_commands(context))
    silent = [name for name, command in _all(ours).items() if not command.get_short_help_str()]
    assert silent == []
    shown = group.get_help(context)
    assert all(f"\n  {name} " in shown for name in ours)


def _all(commands: dict[str, click.Command]) -> dict[str, click.Command]:
    """Commands and the commands inside them, by their words."""
    found = dict(commands)
    for name, command in commands.items():
        if isinstance(command, click.Group):
            found |= {f"{name} {inner}": one for inner, one in _all(command.commands).items()}
    return found
