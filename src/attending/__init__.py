"""Attending: the path from an AI model's output to the medical record."""

import os

# Libraries that report to their makers unless they are told not to, before they are loaded.
# ONNX Runtime does so from 1.29 on: which host ran which model, when, and for how long.
SILENCED = {
    "ORT_DISABLE_TELEMETRY": "1",
    "ORT_TELEMETRY_DISABLED": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}
os.environ.update(SILENCED)
