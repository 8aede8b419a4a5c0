"""Storage: the database and what lives beside it."""
