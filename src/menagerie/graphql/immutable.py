"""Immutable values: the JSON that a selection produces from one is computed once and kept with it."""

import orjson

_MAX_KEPT = 4


class Immutable:
    """A value that never changes once it is made.

    To declare a GraphQL type immutable, inherit from this:

        @strawberry.type
        class Pet(Immutable):
            name: str

    The type then promises two things, for its objects and everything below them: attributes are never reassigned, and
    computed fields depend only on the object, their arguments and the day (in UTC). In return, a selection of constants
    completes an object once a day, and its part of the answer is copied from then on. This pays off for objects that
    live longer than one request; others are completed as usual.

    There is nothing to set or pass: the JSON is kept in a slot, which is not a field. It takes a few hundred bytes for
    each of the most recent selections, at most four.
    """

    __slots__ = ("_kept",)
    _kept: dict[object, tuple[int, orjson.Fragment]]

    def kept(self, selection: object, day: int) -> orjson.Fragment | None:
        """The JSON that the selection produced from this on the given day, if it is kept."""
        try:
            made_on, fragment = self._kept[selection]
        except (AttributeError, KeyError):
            return None
        return fragment if made_on == day else None

    def keep(self, selection: object, day: int, fragment: orjson.Fragment) -> None:
        """Keep the JSON that the selection produced on the given day; the oldest is dropped if there are too many."""
        try:
            kept = self._kept
        except AttributeError:
            kept = self._kept = {}
        kept.pop(selection, None)
        if len(kept) >= _MAX_KEPT:
            del kept[next(iter(kept))]
        kept[selection] = (day, fragment)
