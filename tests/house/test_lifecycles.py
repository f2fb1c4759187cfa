"""State machines: every state is reachable, every refusal has words, and only `advance` changes a state."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from flask import Flask

from marketplace import db
from marketplace.lifecycle import MACHINES, Lifecycle

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "marketplace").rglob("*.py"))


def machines() -> list[Lifecycle]:
    """The machines of the application (tests declare some of their own)."""
    return [machine for name, machine in sorted(MACHINES.items()) if not name.startswith("test")]


def test_every_state_of_every_machine_can_be_reached(app: Flask) -> None:
    for machine in machines():
        first = next(iter(machine.states))
        reached, grew = {first}, True
        while grew:
            found = {m.target for m in machine.moves.values() if not reached.isdisjoint(m.sources)}
            grew, reached = not found <= reached, reached | found
        lost = set(machine.states) - reached
        assert not lost, f"{machine.name}: {sorted(lost)} cannot be reached from {first!r}, the first state"


def test_every_refusal_is_a_sentence(app: Flask) -> None:
    for machine in machines():
        for name, move in machine.moves.items():
            assert move.says[:1].isupper(), f"{machine.name}.{name} refuses with {move.says!r}"
            assert move.says.rstrip().endswith("."), f"{machine.name}.{name} refuses with {move.says!r}"
            assert set(move.sources) <= set(machine.states)
            assert move.target in set(machine.states)


def test_every_state_has_words(app: Flask) -> None:
    for machine in machines():
        if machine.words:
            assert set(machine.words) == set(machine.states), f"{machine.name} has no words for some state"


def test_every_table_with_states_says_its_machine_and_every_machine_has_its_table(app: Flask) -> None:
    tables = [mapper.class_ for mapper in db.Base.registry.mappers if "state" in mapper.columns]
    assert [one.__name__ for one in tables if not isinstance(getattr(one, "machine", None), Lifecycle)] == []
    said = {one.machine.name for one in tables}
    assert said == {machine.name for machine in machines()}
    assert len(said) == len(tables)


@pytest.mark.plain
def test_a_state_changes_only_in_advance() -> None:
    """`row.state = …` stands in lifecycle.py alone; a new row gets its first state from its constructor."""
    wrong = []
    for path in SOURCES:
        if path.name == "lifecycle.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            flat = [t for target in targets for t in (target.elts if isinstance(target, ast.Tuple) else [target])]
            if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and any(
                isinstance(t, ast.Attribute) and t.attr == "state" for t in flat
            ):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not wrong, wrong
