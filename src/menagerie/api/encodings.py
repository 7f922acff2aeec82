"""What a request says about the form of the answer: which encoding, and whether it has it already (RFC 9110)."""

import re
from collections.abc import Container, Sequence

PREFERRED = ("br", "zstd", "gzip")
"""Content codings that the storefront is built in, the smallest first."""

_TAG = re.compile(r'(?:W/)?("[^"]*")')
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)


def chosen_encoding(accepted: Sequence[str], available: Container[str]) -> str | None:
    """The content coding to answer in; None is the plain file.

    The one with the greatest weight, and of equals the smallest file (RFC 9110, 12.5.3). A client that refuses even
    the plain file gets it nevertheless: an answer that it may not want is better than none.

    Args:
        accepted: the request's Accept-Encoding, each header of that name.
        available: the codings that there are of the file, besides the plain one.
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
    """The weight of each coding that is named; one that can't be read is as if it had not been named."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        coding, _, parameter = (piece.strip() for piece in part.partition(";"))
        found = _WEIGHT.fullmatch(parameter)
        if coding and (found or not parameter):
            weights[coding] = float(found.group(1)) if found else 1.0
    return weights


def is_known(etag: str, if_none_match: Sequence[str]) -> bool:
    """Whether the client has what the tag stands for: the weak comparison of RFC 9110, 13.1.2."""
    given = ",".join(if_none_match)
    return given.strip() == "*" or etag in _TAG.findall(given)
