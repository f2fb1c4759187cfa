"""What the web server of `make run` serves: the portal, loaded while the database still gets ready.

The server listens at once, and a page asked for before the schema is up to date waits instead of
failing. Deployments serve `app:application` and migrate before.
"""

import app
from marketplace.processes import await_mark

application = app.create_app()  # connects to nothing yet
await_mark("SCHEMA_READY")
