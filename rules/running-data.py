# at: src/attending/web/planted.py
# ruleid: running-data
import pickle

import json
import yaml


def read(content):
    # ruleid: running-data
    eval(content)
    # ruleid: running-data
    exec(content)
    # ruleid: running-data
    pickle.loads(content)
    # ruleid: running-data
    yaml.load(content)
    # ok: running-data
    yaml.safe_load(content)
    # ok: running-data
    json.loads(content)
