"""Questions put together once in a process and planned once on a connection, for what everybody's requests ask.

The ORM writes a question anew each time and PostgreSQL plans it anew: with five joins that is six times the work of
answering it. At the last minute of a call that is what the machine is busy with.
"""

from functools import cache

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Field, Lookup, Value
from django.db.models.query import get_related_populators


class Planned(ServerBindingCursor):
    """A cursor that remembers what it asked when the plan was there already; Django's log of queries wants it."""

    def _send_query_prepared(self, name, query, **how):
        self._query = query
        super()._send_query_prepared(name, query, **how)


def ask(statement, values=()):
    """Execute one statement that PostgreSQL plans once on each connection; gives the cursor.

    Values are bound by the server: one that stands where its type cannot be told needs a cast.
    """
    database = connections[DEFAULT_DB_ALIAS]
    database.close_if_health_check_failed()
    database.ensure_connection()
    with database.wrap_database_errors:
        cursor = database._prepare_cursor(Planned(database.connection))
    cursor.execute(statement, values)
    return cursor


def add(record):
    """Insert one new record as it is, its key included; gives it back. One query.

    The least a row can cost. Nothing is filled in but the key; what `save` would do besides is left out.
    """
    statement, fields = _insertion(type(record))
    (record.pk,) = ask(statement, _values(record, fields)).fetchone()
    record._state.adding, record._state.db = False, DEFAULT_DB_ALIAS
    return record


def rewrite(record):
    """Write every column of one record there is, and nothing besides. One query."""
    statement, fields = _rewriting(type(record))
    ask(statement, [*_values(record, fields), record.pk])


def merge(records, *, key=(), over=()):
    """Add these new records of one kind; where one stands with the same `key`, write the fields `over`. One query.

    Without them the one that stands is left as it is. Their own keys stay unknown.
    """
    if records:
        statement, fields = _merging(type(records[0]), key, over)
        ask(statement, [list(column) for column in zip(*(_values(record, fields) for record in records), strict=True)])


def _values(record, fields):
    database = connections[DEFAULT_DB_ALIAS]
    return [field.get_db_prep_save(getattr(record, field.attname), database) for field in fields]


@cache
def _insertion(model):
    fields = [field for field in model._meta.concrete_fields if field is not model._meta.auto_field]
    columns, places = ", ".join(f'"{field.column}"' for field in fields), ", ".join(["%s"] * len(fields))
    table, key = model._meta.db_table, model._meta.pk.column
    return f'INSERT INTO "{table}" ({columns}) VALUES ({places}) RETURNING "{key}"', fields  # noqa: S608  our names


@cache
def _merging(model, key, over):
    fields = [field for field in model._meta.concrete_fields if field is not model._meta.auto_field]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    lists = ", ".join(f"%s::{field.db_type(connections[DEFAULT_DB_ALIAS])}[]" for field in fields)
    same = ", ".join(f'"{model._meta.get_field(name).column}"' for name in key)
    written = [model._meta.get_field(name).column for name in over]
    changed = ", ".join(f'"{column}" = EXCLUDED."{column}"' for column in written)
    into = f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT * FROM unnest({lists})'  # noqa: S608  our names
    return f"{into} ON CONFLICT {f'({same}) DO UPDATE SET {changed}' if over else 'DO NOTHING'}", fields


@cache
def _rewriting(model):
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{field.column}" = %s' for field in fields)
    return f'UPDATE "{model._meta.db_table}" SET {columns} WHERE "{model._meta.pk.column}" = %s', fields  # noqa: S608


class Ready:
    """A queryset whose SQL is kept. It is told as a function of the values that differ from one time to the next:

        OF_A_FIRM = Ready(lambda firm: Application.objects.filter(organisation=firm).select_related("edition"))
        OF_A_FIRM.all(firm.pk)

    A value stands alone at the right of `=`, `__gt` and the like, and comes as the plain key or moment, or as a list
    for `__among`. What a queryset reads along with `select_related` comes too; `prefetch_related` does not.
    """

    def __init__(self, queryset):
        self.queryset = queryset
        self.kept = None

    def all(self, *values):
        """The records, as from the queryset; any of none are none, without asking. One query."""
        if [] in values:
            return []
        plan = self.plan()
        if plan.locks and connections[DEFAULT_DB_ALIAS].get_autocommit():
            raise transaction.TransactionManagementError("rows are locked inside a transaction")
        return plan.records(ask(plan.sql, [values[p.at] if isinstance(p, Slot) else p for p in plan.params]))

    def get(self, *values):
        """The only record, or the model's DoesNotExist. One query."""
        found = self.all(*values)
        if len(found) != 1:
            raise self.plan().model.DoesNotExist
        return found[0]

    def plan(self):
        """The SQL and how its rows become records, put together at the first asking."""
        if self.kept is None:
            self.kept = Plan(self.queryset)
        return self.kept


@Field.register_lookup
class Among(Lookup):
    """Any of several, like `__in`, but they come as one list, so that the SQL is the same for any number."""

    lookup_name = "among"

    def as_sql(self, compiler, connection):
        left, values = self.process_lhs(compiler, connection)
        right, more = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", [*values, *more]


class Slot:
    """The place of a value that is not known yet."""

    def __init__(self, at):
        self.at = at


class Plan:
    """What Django's own iterator works out anew for each queryset (django.db.models.query.ModelIterable)."""

    def __init__(self, queryset):
        slots = [Value(Slot(at)) for at in range(queryset.__code__.co_argcount)]
        query = queryset(*slots).query
        compiler = query.get_compiler(using=DEFAULT_DB_ALIAS)
        self.sql, self.params = compiler.as_sql()
        self.locks = query.select_for_update
        self.compiler, kinds, columns = compiler, compiler.klass_info, compiler.select
        self.model, places = kinds["model"], kinds["select_fields"]
        self.own = slice(places[0], places[-1] + 1)
        self.names = [column[0].target.attname for column in columns[self.own]]
        self.populators = get_related_populators(kinds, columns, DEFAULT_DB_ALIAS)
        self.extra = compiler.annotation_col_map or {}
        self.converters = compiler.get_converters([column[0] for column in columns])

    def records(self, rows):
        """The rows as records, with what was read along."""
        if self.converters:
            rows = self.compiler.apply_converters(rows, self.converters)
        return [self._record(row) for row in rows]

    def _record(self, row):
        record = self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.own])
        for populator in self.populators:
            populator.populate(row, record)
        for name, place in self.extra.items():
            setattr(record, name, row[place])
        return record
