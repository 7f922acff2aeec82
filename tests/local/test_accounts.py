"""The system user that root runs PostgreSQL under."""

import os
import pwd
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from menagerie.errors import DomainError
from menagerie.local import accounts

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can create another account")


def test_two_first_runs_at_once_add_one_user(monkeypatch):
    added = []

    def add():
        time.sleep(0.1)  # long enough for another run to add it too
        added.append(pwd.getpwnam("root"))

    monkeypatch.setattr(accounts, "_find", lambda: added[0] if added else None)
    monkeypatch.setattr(accounts, "_add", add)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: accounts.server_account(), range(4)))
    assert len(added) == 1
    assert {account.name for account in found} == {"root"}


def test_a_user_that_cannot_be_added_is_reported(monkeypatch):
    monkeypatch.setattr(accounts, "_find", lambda: None)
    monkeypatch.setattr(accounts, "_add", lambda: None)
    with pytest.raises(DomainError, match="create a system user named menagerie"):
        accounts.server_account()
