"""Values that never change: what a selection makes of one is made once and kept with it, as JSON."""

import orjson

_MAX_KEPT = 4


class Immutable:
    """A value that never changes once it is made.

    A GraphQL type says so by having this as a base:

        @strawberry.type
        class Pet(Immutable):
            name: str

    It promises two things, of its objects and of all that lies below them: no attribute is ever set anew, and what its
    computed fields tell depends on nothing but the object, their arguments, and the day (in UTC). Then a selection of
    constants completes an object once a day, and its part of the answer is copied from then on. It pays for objects
    that are kept from one request to the next; others are completed as ever.

    There is nothing to set or to pass: what is kept lies in a slot, which is no field. It holds a few hundred bytes for
    each of the most recent selections, of which there are four at most.
    """

    __slots__ = ("_kept",)

    def kept(self, selection: object, day: int) -> orjson.Fragment | None:
        """What the selection made of this on the day, if it is kept."""
        try:
            made_on, fragment = self._kept[selection]
        except (AttributeError, KeyError):
            return None
        return fragment if made_on == day else None

    def keep(self, selection: object, day: int, fragment: orjson.Fragment) -> None:
        """Keep what the selection made of this on the day; the oldest goes when there are too many."""
        try:
            kept: dict[object, tuple[int, orjson.Fragment]] = self._kept
        except AttributeError:
            kept = self._kept = {}
        kept.pop(selection, None)
        if len(kept) >= _MAX_KEPT:
            del kept[next(iter(kept))]
        kept[selection] = (day, fragment)
