"""Engines that run models: one file per engine, and what they share."""
