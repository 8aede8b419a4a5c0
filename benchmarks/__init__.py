"""The measured numbers of Attending: ``make bench``, or ``python -m benchmarks --help``.

Each measurement is one module with ``measure(bench) -> list[Figure]``; docs/benchmarks.md
says how to read what they find.
"""
