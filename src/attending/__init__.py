"""Attending: the path from an AI model's output to the medical record."""
