"""Write the next migration: `make migration m="what it does"`.

Compares the models with a scratch database migrated to the last revision. Read what it wrote:
triggers, grants and partial indexes it cannot see.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from marketplace import db, embedded

ROOT = Path(__file__).resolve().parent.parent


def main(message: str) -> int:
    """Autogenerate `migrations/versions/NNNN_<message>.py`."""
    if not message.strip():
        print('Say what it does: make migration m="add a column for …"', file=sys.stderr)
        return 2
    last = max(
        int(found[1])
        for path in (ROOT / "migrations/versions").glob("*.py")
        if (found := re.match(r"(\d{4})_", path.name))
    )
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    # /tmp and not TMPDIR: root's PostgreSQL runs as another account, which must be able to get there.
    with tempfile.TemporaryDirectory(prefix="goodword-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        server = embedded.start_postgres(Path(folder) / "pg", durable=False)
        try:
            embedded.prepare_database(server, "scratch")
            url = server.url(embedded.OWNER_ROLE, "scratch")
            db.migrate(url)
            config.attributes["owner_url"] = url
            command.revision(config, message=message, rev_id=f"{last + 1:04d}", autogenerate=True)
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
