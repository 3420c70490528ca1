"""Tables that only grow: a trigger refuses UPDATE, DELETE and TRUNCATE, whoever asks."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def append_only(table: str) -> list[migrations.RunSQL]:
    """Migration operations that make a table append-only."""
    return [
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"DROP TRIGGER {table}_no_change ON {table}",
        ),
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change()",
            f"DROP TRIGGER {table}_no_truncate ON {table}",
        ),
    ]


REFUSES = """
CREATE OR REPLACE FUNCTION refuse_what_no_step_does() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % stays as it is: % is refused', TG_TABLE_NAME, coalesce(OLD.id, NEW.id), TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = regexp_replace(TG_NAME, '_(new|gone)$', '');
END $$
"""


def stays(table: str, *, steps="", facts="", once="true", begins="true") -> list[migrations.RunSQL]:
    """Migration operations by which the rows of a table change only as the acts change them, whoever asks.

    `steps` are the allowed pairs, `prepared>approved prepared>cancelled`; `facts` the columns that never change where
    `once` (SQL over OLD) holds; a new row `begins` so (SQL over NEW). No row is deleted. The trigger, and with it the
    constraint that an error names, is the table's name without its app, and `_stays`.
    """
    name = f"{table.partition('_')[2]}_stays"
    columns = facts.split()
    bad = [f"{once} AND ({_row('OLD', columns)}) IS DISTINCT FROM ({_row('NEW', columns)})"] if columns else []
    if steps:
        pairs = ", ".join("('{}', '{}')".format(*step.split(">")) for step in steps.split())
        bad.append(f"OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN ({pairs})")
    on = f"ON {table} FOR EACH ROW"
    refuse = "EXECUTE FUNCTION refuse_what_no_step_does()"
    create = [
        f"CREATE TRIGGER {name} AFTER UPDATE {on} WHEN ({' OR '.join(f'({one})' for one in bad)}) {refuse}",
        f"CREATE TRIGGER {name}_new AFTER INSERT {on} WHEN (NOT ({begins})) {refuse}",
        f"CREATE TRIGGER {name}_gone AFTER DELETE {on} {refuse}",
    ]
    drop = [f"DROP TRIGGER {name}{end} ON {table}" for end in ("", "_new", "_gone")]
    return [migrations.RunSQL(REFUSES, migrations.RunSQL.noop), migrations.RunSQL(create, drop)]


def _row(of, columns):
    return ", ".join(f"{of}.{column}" for column in columns)
