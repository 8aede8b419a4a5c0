"""The guard's numbers: ``make bench-guard`` reproduces the whole table in one run."""
