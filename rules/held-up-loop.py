# at: src/attending/web/planted.py
import asyncio
import time

import httpx


async def answered(parts, tenant):
    # ruleid: held-up-loop
    time.sleep(1)
    # ruleid: held-up-loop
    httpx.get("https://ehr.example", timeout=5, trust_env=False)
    # ruleid: held-up-loop
    with parts.storage.transaction(tenant, "web") as unit:
        unit.people.tenant()
    # ok: held-up-loop
    await asyncio.sleep(1)
    # ok: held-up-loop
    await asyncio.to_thread(time.sleep, 1)


def in_a_thread(parts, tenant):
    # ok: held-up-loop
    with parts.storage.transaction(tenant, "web") as unit:
        unit.people.tenant()
