# at: src/attending/adapters/storage/planted.py
import os
import subprocess


def started(name):
    # ruleid: shells
    subprocess.run(f"initdb {name}", shell=True)
    # ruleid: shells
    os.system("initdb")
    # ok: shells
    subprocess.run(["initdb", name], check=True)
