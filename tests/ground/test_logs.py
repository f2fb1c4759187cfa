"""The log: one line a happening, and no value of a variable in it."""

from __future__ import annotations

import json

import pytest
import structlog

from marketplace import logs

pytestmark = pytest.mark.plain


def fail() -> None:
    secret = "sk_" + "kept_out"
    assert secret
    raise ValueError("it broke")


@pytest.mark.parametrize("production", [True, False])
def test_a_traceback_names_the_error_and_no_value(production: bool, capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    try:
        logs.install(production=production)
        try:
            fail()
        except ValueError:
            structlog.get_logger().exception("work.failed", job="one")
    finally:
        structlog.configure(**before)
    written = capsys.readouterr().out
    assert "ValueError: it broke" in written
    assert "kept_out" not in written.replace('"sk_" + "kept_out"', "")
    if production:
        line = json.loads(written)
        assert (line["event"], line["job"], line["level"]) == ("work.failed", "one", "error")
