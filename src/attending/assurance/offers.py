"""What a task can evaluate here, by name: registered versions by their content, and plain peers."""

from __future__ import annotations

from dataclasses import dataclass

from attending.assurance.result import Subject
from attending.core.errors import InvalidInput


@dataclass(frozen=True)
class Offer:
    """Something that runs here. known_as: as what the registry may know it, the model that it

    is first; a plain peer, which is nothing but a few lines to compare with, is known as nothing.
    """

    name: str
    subject: Subject
    known_as: tuple[Subject, ...] = ()

    @classmethod
    def of(cls, subject: Subject, *also: Subject) -> Offer:
        """What the registry knows by the same name."""
        return cls(subject.name, subject, (subject, *also))


@dataclass(frozen=True)
class Offers:
    """The first is what the installation ships."""

    all: tuple[Offer, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(offer.name for offer in self.all))

    def known_as(self, asked: str) -> tuple[Subject, ...]:
        """As what the registry may know what is asked for; "" asks for what is shipped.

        Raises InvalidInput for what does not run here.
        """
        return tuple(known for offer in self._named(asked) for known in offer.known_as)

    def chosen(self, asked: str, registered: Subject | None = None) -> Offer:
        """What is asked for; its subject is the registered version, if one is named.

        Raises InvalidInput for what does not run here.
        """
        found = self._named(asked)
        if registered is None:
            return found[0]
        for offer in found:
            if registered in offer.known_as:
                return Offer(offer.name, registered, offer.known_as)
        raise InvalidInput(f"{registered.name} {registered.version} is not what runs here.")

    def _named(self, asked: str) -> tuple[Offer, ...]:
        name = asked or self.all[0].name
        found = tuple(offer for offer in self.all if offer.name == name)
        if not found:
            raise InvalidInput(
                f"There is no subject {asked} for this task here.",
                remedy=f"Name one of {', '.join(self.names)}. A judge of your own is named by"
                " ATTENDING_SUPPORT_MODEL, a writer by ATTENDING_TEXT_ENDPOINT.",
            )
        return found
