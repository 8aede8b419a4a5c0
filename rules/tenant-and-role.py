# at: src/attending/web/planted.py
from attending.adapters.storage.database import Database


def taken(unit, settings, tenant):
    # ruleid: tenant-named-elsewhere
    unit.run("select set_config('attending.tenant', %s, false)", tenant)
    # ruleid: tenant-named-elsewhere
    unit.run("set local role attending_owner")
    # ruleid: tenant-named-elsewhere
    unit.run("select attending.enter(%s)", tenant)
    # ruleid: administrators-connection, connected-elsewhere
    Database.connect(settings.admin_url, b"", b"")
    # ok: tenant-named-elsewhere
    unit.run("update attending.record_targets set name = %s", tenant)
    # ok: tenant-named-elsewhere
    unit.run("update attending.principals set role = %s", tenant)


# at: src/attending/app.py
def storage(settings):
    # ruleid: administrators-connection
    Database.connect(settings.admin_url, b"", b"")
    # ok: administrators-connection, connected-elsewhere
    return Database.connect(settings.database_url, b"", b"")


# at: src/attending/adapters/storage/database.py
# ok: tenant-named-elsewhere
BEGIN = "select set_config('attending.actor', %s, true), attending.enter(%s) as tenant"
