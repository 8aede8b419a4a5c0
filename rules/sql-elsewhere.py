# at: src/attending/web/planted.py
# ruleid: sql-elsewhere
import psycopg
# ruleid: sql-elsewhere
from psycopg.rows import dict_row


def read(unit):
    # ruleid: sql-elsewhere
    return unit.all("select id from attending.cases")


def delegated(unit, case):
    # ok: sql-elsewhere
    return unit.cases.case(case)


# at: src/attending/adapters/storage/planted.py
# ok: sql-elsewhere
import psycopg


def read(unit):
    # ok: sql-elsewhere
    return unit.all("select id from attending.cases")
