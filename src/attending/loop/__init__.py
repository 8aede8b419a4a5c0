"""The loop, one file per step, in its order: intake, decode, infer, guard, propose, review,
sign, release; and recover, for what waits for a person.
"""
