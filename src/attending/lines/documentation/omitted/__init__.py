"""What was said, belongs in a note, and stands nowhere in it.

Reading order: concepts (what is looked for, under all its names), said (what somebody said
that counts), missing (what of it the note does not name).
"""
