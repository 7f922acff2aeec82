"""Sets of numbers as the bits of one integer: as a plain set of numbers would be."""

from hypothesis import given
from hypothesis import strategies as st

from menagerie.pets.bitset import bits_of, bits_of_digits, highest, lowest, members, spread, without

SIZE = 5_000
# Some lie close together and some far apart, on both sides of where a large integer is cut.
numbers = st.sets(st.integers(0, 40) | st.integers(500, 530) | st.integers(0, SIZE - 1))
number = st.integers(0, 40) | st.integers(0, SIZE - 1)


@given(numbers)
def test_a_set_has_the_members_that_it_was_made_of(chosen: set[int]) -> None:
    bits = bits_of(chosen, SIZE)
    assert members(bits) == sorted(chosen)
    assert bits.bit_count() == len(chosen)
    assert bits_of_digits("".join("01"[each in chosen] for each in range(SIZE))) == bits


@given(numbers, st.integers(0, 60))
def test_its_ends_are_the_lowest_and_the_highest(chosen: set[int], count: int) -> None:
    bits = bits_of(chosen, SIZE)
    assert lowest(bits, count) == sorted(chosen)[:count]
    assert highest(bits, count) == sorted(chosen, reverse=True)[:count]


@given(numbers, number)
def test_one_is_taken_out_whether_it_was_in_or_not(chosen: set[int], gone: int) -> None:
    assert members(without(bits_of(chosen, SIZE), gone)) == sorted(chosen - {gone})


@given(numbers, number)
def test_it_is_spread_where_another_number_comes_in(chosen: set[int], new: int) -> None:
    assert members(spread(bits_of(chosen, SIZE), new)) == sorted(each + (each >= new) for each in chosen)


def test_of_nothing_there_is_nothing() -> None:
    assert bits_of([], 0) == bits_of_digits("") == 0
    assert members(0) == lowest(0, 3) == highest(0, 3) == []
