"""The language of Attending: plain data and pure functions; no I/O, no framework."""
