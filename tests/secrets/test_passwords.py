"""Passwords: argon2id, the same cost for known and unknown accounts, and normalized text."""

import asyncio
import os
import statistics
import sys
import time
import unicodedata

import pytest

from menagerie.secrets import passwords
from menagerie.secrets.passwords import MAXIMUM_LENGTH, hash_password, problem_with, verify_password

PASSWORD = "correct horse battery"

pytestmark = pytest.mark.usefixtures("real_hashes")


async def test_the_correct_password_is_accepted_and_another_is_refused() -> None:
    hashed = await hash_password(PASSWORD)
    assert await verify_password(PASSWORD, hashed)
    for wrong in ("", "Correct horse battery", PASSWORD + " ", PASSWORD[:-1], PASSWORD + "\0"):
        assert not await verify_password(wrong, hashed)


async def test_the_hash_has_the_parameters_that_owasp_asks_for_and_a_salt() -> None:
    first, second = await hash_password(PASSWORD), await hash_password(PASSWORD)
    assert first.startswith("$argon2id$v=19$m=7168,t=5,p=1$")
    assert first != second
    assert PASSWORD not in first


async def test_an_unknown_account_costs_as_much_as_a_known_one() -> None:
    hashed = await hash_password(PASSWORD)
    await verify_password(PASSWORD, None)

    async def seconds(against: str | None) -> float:
        started = time.perf_counter()
        await verify_password("not the password", against)
        return time.perf_counter() - started

    known, unknown = [], []
    for _ in range(15):
        known.append(await seconds(hashed))
        unknown.append(await seconds(None))
    # The machine's other work affects the fastest of many the least.
    assert 0.5 < min(unknown) / min(known) < 2, (statistics.median(known), statistics.median(unknown))
    assert min(unknown) > 0.005


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority per thread")
async def test_hashing_runs_at_a_lower_priority() -> None:
    await hash_password(PASSWORD)
    here = os.getpriority(os.PRIO_PROCESS, 0)
    there = await asyncio.get_running_loop().run_in_executor(passwords._pool, os.getpriority, os.PRIO_PROCESS, 0)
    assert there - here == 4
    assert os.getpriority(os.PRIO_PROCESS, 0) == here


async def test_no_password_is_correct_for_an_unknown_account() -> None:
    for guess in ("", "x", PASSWORD):
        assert not await verify_password(guess, None)


async def test_a_very_long_password_is_wrong_and_costs_no_more() -> None:
    longest = "pw" * (MAXIMUM_LENGTH // 2)
    hashed = await hash_password(longest)
    assert await verify_password(longest, hashed)
    for wrong in (longest + "p", longest * 2, longest + "\0", "x" * 1_000_000):
        assert not await verify_password(wrong, hashed)


async def test_both_encodings_of_an_umlaut_are_the_same_password() -> None:
    composed, decomposed = (unicodedata.normalize(form, "schöne größe") for form in ("NFC", "NFD"))
    assert composed != decomposed
    assert await verify_password(decomposed, await hash_password(composed))
    assert await verify_password(composed, await hash_password(decomposed))


@pytest.mark.parametrize(
    ("password", "allowed"),
    [
        ("short", False),
        ("nine char", False),
        ("ten chars!", True),
        ("p" * 5 + "w" * 5, False),
        ("aaaaaaaaaaaa", False),
        ("x y" * 42, True),
        ("x y" * 43, False),
        ("with\0nothing", False),
        ("with\na line", False),
        ("пароль пароль", True),
        ("correct horse battery", True),
    ],
)
def test_rules_for_new_passwords(password: str, *, allowed: bool) -> None:
    problem = problem_with(password)
    assert (problem is None) is allowed, problem
    assert problem is None or problem.endswith(".")
