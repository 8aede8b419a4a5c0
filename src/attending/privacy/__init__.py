"""Who may see what: consent and egress."""
