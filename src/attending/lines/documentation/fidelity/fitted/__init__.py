"""What was learned from public visits, as data: see the card in each file's ``facts``."""
