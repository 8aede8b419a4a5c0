"""Whose act a command is: somebody who is enrolled, by id or by ``sub``."""

from __future__ import annotations

from attending.core.errors import InvalidInput
from attending.core.identity import Principal, StaffRole
from attending.core.ports import Unit


def acting(unit: Unit, named: str, *roles: StaffRole) -> Principal:
    """With one of these roles. Raises InvalidInput, and says who there is."""
    fit = [each for each in unit.people.principals() if each.roles & set(roles)]
    for each in fit:
        if named in (str(each.id), each.subject):
            return each
    wanted = " or ".join(role.replace("_", " ") for role in roles)
    raise InvalidInput(
        f"Nobody of that name is {wanted} in this clinic.",
        remedy=f"There are: {', '.join(each.subject for each in fit) or 'none'}.",
    )
