"""Sets of numbers as the bits of one integer behave like plain sets."""

from hypothesis import given
from hypothesis import strategies as st

from menagerie.pets.bitset import bits_of, bits_of_digits, flags, highest, lowest, members, spread, without

SIZE = 5_000
# Some are close together and some far apart, on both sides of the point where a large integer is split.
numbers = st.sets(st.integers(0, 40) | st.integers(500, 530) | st.integers(0, SIZE - 1))
number = st.integers(0, 40) | st.integers(0, SIZE - 1)


@given(numbers)
def test_a_set_has_its_initial_members(chosen: set[int]) -> None:
    bits = bits_of(chosen, SIZE)
    assert members(bits) == sorted(chosen)
    assert flags(bits, SIZE) == bytes(number in chosen for number in range(SIZE))
    assert bits.bit_count() == len(chosen)
    assert bits_of_digits("".join("01"[each in chosen] for each in range(SIZE))) == bits


@given(numbers, st.integers(0, 60))
def test_its_ends_are_its_lowest_and_highest_members(chosen: set[int], count: int) -> None:
    bits = bits_of(chosen, SIZE)
    assert lowest(bits, count) == sorted(chosen)[:count]
    assert highest(bits, count) == sorted(chosen, reverse=True)[:count]


@given(numbers, number)
def test_removing_works_for_members_and_others(chosen: set[int], gone: int) -> None:
    assert members(without(bits_of(chosen, SIZE), gone)) == sorted(chosen - {gone})


@given(numbers, number)
def test_inserting_a_number_shifts_the_higher_ones(chosen: set[int], new: int) -> None:
    assert members(spread(bits_of(chosen, SIZE), new)) == sorted(each + (each >= new) for each in chosen)


def test_empty_sets() -> None:
    assert bits_of([], 0) == bits_of_digits("") == 0
    assert members(0) == lowest(0, 3) == highest(0, 3) == []
