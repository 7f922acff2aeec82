"""Sets of small numbers as the bits of one integer, which intersect and count thousands of members per step."""

from collections.abc import Iterable

_STEP = 512
"""How many bits to examine one by one, in an integer small enough to make that cheap."""

_DIGITS = bytes.maketrans(b"01", b"\0\1")


def bits_of(numbers: Iterable[int], size: int) -> int:
    """The set of these numbers, all below `size`."""
    content = bytearray(size // 8 + 1)
    for number in numbers:
        content[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(content, "little")


def without(bits: int, number: int) -> int:
    """The set without the number, whether or not it contains it."""
    return bits ^ (1 << number) if bits >> number & 1 else bits


def spread(bits: int, number: int) -> int:
    """The set with all members from `number` on shifted up by one, to make room for it."""
    return (bits >> number << number + 1) | (bits & ((1 << number) - 1))


def lowest(bits: int, count: int) -> list[int]:
    """At most `count` numbers of the set, lowest first."""
    found: list[int] = []
    start = 0
    while bits and len(found) < count:
        skipped = (bits & -bits).bit_length() - 1
        start, bits = start + skipped, bits >> skipped
        few = bits & ((1 << _STEP) - 1)
        while few and len(found) < count:
            last = few & -few
            found.append(start + last.bit_length() - 1)
            few ^= last
        start, bits = start + _STEP, bits >> _STEP
    return found


def highest(bits: int, count: int) -> list[int]:
    """At most `count` numbers of the set, highest first."""
    found: list[int] = []
    while bits and len(found) < count:
        start = max(0, bits.bit_length() - _STEP)
        few = bits >> start
        bits &= (1 << start) - 1
        while few and len(found) < count:
            top = few.bit_length() - 1
            found.append(start + top)
            few ^= 1 << top
    return found


def members(bits: int) -> list[int]:
    """All numbers of the set, in ascending order."""
    digits = f"{bits:b}"[::-1]
    found: list[int] = []
    position = digits.find("1")
    while position >= 0:
        found.append(position)
        position = digits.find("1", position + 1)
    return found


def flags(bits: int, size: int) -> bytes:
    """One byte for each number below `size`: 1 for those in the set, 0 for the others."""
    return f"{bits:0{size}b}"[::-1].encode().translate(_DIGITS)


def bits_of_digits(digits: str) -> int:
    """The set of the positions of the 1s in a string of 0s and 1s."""
    return int(digits[::-1] or "0", 2)
