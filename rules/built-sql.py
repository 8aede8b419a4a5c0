# at: src/attending/adapters/storage/planted.py
from psycopg import sql

TABLE = "attending.cases"
_CASE = f"select id from {TABLE}"


def by_name(unit, name):
    # ruleid: built-sql
    unit.one(f"select id from attending.cases where name = '{name}'")


def by_name_later(self, name):
    query = f"select id from attending.cases where name = '{name}'"
    # ruleid: built-sql
    return self.unit.all(query)


def by_percent(connection, name):
    # ruleid: built-sql
    connection.execute("select id from attending.cases where name = '%s'" % name)


def by_sum(connection, name):
    # ruleid: built-sql
    connection.execute("select id from attending.cases where name = '" + name + "'")


def by_format(self, case):
    # ruleid: built-sql
    self.unit.run("update attending.cases set state = '{}'".format(case.state))


def by_composition(connection, table):
    # ruleid: built-sql
    connection.execute(sql.SQL(f"select id from {table}"))


def columns(unit, wanted):
    # ruleid: built-sql
    unit.all("select " + ", ".join(wanted) + " from attending.cases")


def bound(unit, name, lock):
    # ok: built-sql
    unit.one("select id from attending.cases where name = %s", name)
    # ok: built-sql
    unit.one(f"{_CASE} where id = %s{' for update' if lock else ''}", name)
    cut = "and id < %s" if name else ""
    # ok: built-sql
    unit.all(f"{_CASE} where true {cut}", f"{name}%")


def composed(connection, table):
    # ok: built-sql
    connection.execute(sql.SQL("select id from {}").format(sql.Identifier(table)))


def handed_on(self, query, *values):
    # ok: built-sql
    return self.connection.execute(query, values)
