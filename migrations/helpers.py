"""What migrations share: append-only tables, and the rights of the application's role."""

from alembic import op
from sqlalchemy import Connection, text

TRIGGER = "append_only"


def append_only(*tables: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE on tables, for every role.

    The application's role loses the rights too (`grant_rights`), so that it cannot even try.
    """
    for table in tables:
        op.execute(
            f"CREATE TRIGGER {TRIGGER} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {TRIGGER}_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def create_refuse_change() -> None:
    """The trigger function behind `append_only`; it lives in the first migration."""
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )


def grant_rights(connection: Connection, role: str) -> None:
    """Give the application's role what it needs and no more: idempotent, after every upgrade.

    Rows everywhere; on append-only tables it may only read and add; it owns nothing.
    """
    owner = connection.scalar(text("SELECT current_user"))
    known = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": role})
    if role == owner or not known:
        return
    connection.execute(text(f'GRANT USAGE ON SCHEMA public TO "{role}"'))
    connection.execute(text(f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}"'))
    connection.execute(text(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}"'))
    sealed = connection.scalars(
        text(
            "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE t.tgname = :name AND NOT c.relispartition"
        ),
        {"name": TRIGGER},
    )
    for table in [*sealed, "alembic_version"]:
        connection.execute(text(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM "{role}"'))
