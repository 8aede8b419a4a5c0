"""How good a model, a prompt or a check is, and whether it may answer.

Reading order: measures/ (pure functions), columns, evaluation, store, comparison, report; then
manifest, gates, promotion, rollout, cards, pairs (core/registry.py has the words).
"""
