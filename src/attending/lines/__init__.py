"""The lines: each a folder of its own, none knowing another. A new line is a new folder."""
