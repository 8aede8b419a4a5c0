"""Adapters: the outer world behind the ports of the core, one file for each kind."""
