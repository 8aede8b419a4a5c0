"""Fidelity: how far each statement of a note rests on what was said.

Reading order: claims (the words), linking (which passage a claim rests on), signals/ (one small
class for each way of being wrong), combined (one doubt per statement), check (the guard).
"""
