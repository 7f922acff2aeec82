"""Content negotiation: which encoding the client wants, and whether it already has the answer (RFC 9110)."""

import re
from collections.abc import Container, Sequence

PREFERRED = ("br", "zstd", "gzip")
"""Content codings that the storefront is built in, smallest output first."""

_TAG = re.compile(r'(?:W/)?("[^"]*")')
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)


def chosen_encoding(accepted: Sequence[str], available: Container[str]) -> str | None:
    """Choose the content coding to answer in; None is the plain file.

    The greatest weight wins, and among equals the smallest file (RFC 9110, 12.5.3). A client that refuses even the
    plain file gets it anyway: an unwanted answer is better than none.

    Args:
        accepted: the values of the request's Accept-Encoding headers.
        available: the codings that the file is available in, besides the plain one.
    """
    weights = _weights(",".join(accepted))
    others = weights.get("*", 0.0)
    candidates = [coding for coding in PREFERRED if coding in available]
    best = max(candidates, key=lambda coding: weights.get(coding, others), default=None)
    if best is None:
        return None
    weight = weights.get(best, others)
    return best if weight > 0 and weight >= weights.get("identity", 0.0) else None


def _weights(accepted: str) -> dict[str, float]:
    """The weight of each named coding; those that can't be parsed are ignored."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        coding, _, parameter = (piece.strip() for piece in part.partition(";"))
        found = _WEIGHT.fullmatch(parameter)
        if coding and (found or not parameter):
            weights[coding] = float(found.group(1)) if found else 1.0
    return weights


def is_known(etag: str, if_none_match: Sequence[str]) -> bool:
    """Whether the client already has this entity tag, by the weak comparison of RFC 9110, 13.1.2."""
    given = ",".join(if_none_match)
    return given.strip() == "*" or etag in _TAG.findall(given)
