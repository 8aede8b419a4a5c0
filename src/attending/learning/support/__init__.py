"""The judge of support, trained: encoder (its form), training, export.

Needs the extra ``training`` (torch); nothing here is imported by a serving process.
"""
