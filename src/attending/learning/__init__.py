"""Learning: what reviews taught, measured and kept; and what is fitted on data by a command.

Reading order: outcomes (one note), comparison and chart (many), series, corrections;
support/ (the judge of support, trained: its tools are an extra).
"""
