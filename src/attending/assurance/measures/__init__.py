"""Measures as pure functions: each says what it means, its formula, and where it is from."""
