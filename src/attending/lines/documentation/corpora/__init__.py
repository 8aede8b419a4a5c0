"""Public sets of visits, read: what was said as turns, and the notes that people wrote of it."""
