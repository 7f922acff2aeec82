"""Names in sentences for people."""

import unicodedata
from collections.abc import Iterable

_RIGHT_TO_LEFT = {"R", "AL"}
_FIRST_STRONG_ISOLATE, _POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"


def bidi_isolate(name: str) -> str:
    """Make a name safe to put into a sentence.

    A right-to-left name would also reorder its neighbours, such as a comma or the next name; the isolates of the
    Unicode Bidirectional Algorithm (UAX 9) prevent that. Other names are returned unchanged.
    """
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in name):
        return f"{_FIRST_STRONG_ISOLATE}{name}{_POP_DIRECTIONAL_ISOLATE}"
    return name


def join_names(names: Iterable[str], *, max_names: int = 5) -> str:
    """Join names for a sentence: "Luna", "Luna and Kermit", and beyond `max_names` "… and 4 others"."""
    all_names = [bidi_isolate(name) for name in names]
    if len(all_names) > max_names:
        others = len(all_names) - max_names
        return f"{', '.join(all_names[:max_names])} and {others} {'other' if others == 1 else 'others'}"
    if len(all_names) < 2:  # noqa: PLR2004  nothing to join
        return "".join(all_names)
    return f"{', '.join(all_names[:-1])} and {all_names[-1]}"
