"""Fidelity: how far each statement of a note rests on what was said.

Reading order: claims (the words), conversation (turns and claims of plain text), terms and
association (how notes and talk meet), linking (which passage a claim rests on), signals/ (one
small class for each way of being wrong), judge, features and measured (all that is known of a
claim), combined (one doubt), assess (a note in one call), reasons and check (the guard).
``fitted/`` is what was learned, ``fitting/`` learns it again: ``attending fit``.
"""
