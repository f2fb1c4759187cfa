"""Modules stay under 400 lines and functions under 40. The lists of exceptions may only shrink."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.plain

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "marketplace").rglob("*.py"), *(ROOT / "devstripe").rglob("*.py"), ROOT / "app.py"])
LONG_MODULES: set[str] = set()
LONG_FUNCTIONS: set[str] = set()
MODULE, FUNCTION = 400, 40  # lines


def test_no_module_is_longer_than_400_lines() -> None:
    long = {str(path.relative_to(ROOT)) for path in SOURCES if len(path.read_text().splitlines()) > MODULE}
    assert long - LONG_MODULES == set()
    assert LONG_MODULES - long == set(), "these are short now: take them off the list"


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the function without its decorators and docstring."""
    assert node.end_lineno is not None
    spoken = ast.get_docstring(node, clean=False)
    return node.end_lineno - node.lineno + 1 - (len(spoken.splitlines()) if spoken else 0)


def test_no_function_is_longer_than_40_lines() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and length(node) > FUNCTION
    }
    assert long - LONG_FUNCTIONS == set()
    assert LONG_FUNCTIONS - long == set(), "these are short now: take them off the list"


def test_every_package_says_what_it_is_and_holds_no_code_in_its_front_file() -> None:
    for path in sorted((ROOT / "marketplace").glob("*/__init__.py")):
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), f"{path.parent.name} says nothing of itself"
        assert len(tree.body) == 1, f"{path.parent.name}/__init__.py holds code"


def test_every_public_function_and_class_has_a_docstring() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in SOURCES
        for node in ast.parse(path.read_text()).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent, silent
