"""Servers that end are started again, with growing pauses, and given up if they keep ending."""

import pytest

from menagerie.cli.local import supervisor
from menagerie.cli.local.supervisor import MAX_ATTEMPTS, Part, ProcessEndedError, Supervisor
from menagerie.errors import DomainError


class Clock:
    """Time that passes only when the test advances it."""

    def __init__(self):
        self.now = 1_000.0

    def monotonic(self):
        return self.now


class Server:
    """A server that runs, and starts again unless it has a reason not to."""

    def __init__(self, reason=""):
        self.runs, self.reason, self.starts = True, reason, []

    def start(self):
        self.starts.append(supervisor.time.monotonic())
        if self.reason:
            raise DomainError(self.reason)
        self.runs = True


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(supervisor, "time", made)
    return made


def watched(clock, **servers):
    # The default of `started` would read the real clock.
    parts = [Part(name, lambda s=s: s.runs, s.start, started=clock.monotonic()) for name, s in servers.items()]
    made = Supervisor(parts)

    def look(seconds=0.0):
        for _ in range(int(seconds * 10) or 1):
            clock.now += 0.1
            made.look()

    return look


def test_running_servers_are_left_alone(clock):
    valkey = Server()
    watched(clock, Valkey=valkey)(60)
    assert valkey.starts == []


def test_a_server_that_ends_is_started_again_after_a_pause_and_both_are_reported(clock, capsys):
    valkey = Server()
    look = watched(clock, Valkey=valkey)
    valkey.runs = False
    look(0.3)
    assert valkey.starts == []
    look(0.5)
    assert len(valkey.starts) == 1
    assert capsys.readouterr().err.splitlines() == [
        "Valkey ended unexpectedly. Restarting it in 0.5 seconds.",
        "Valkey is ready again.",
    ]


def test_pauses_grow_until_it_is_given_up_with_the_last_reason(clock, capsys):
    postgres = Server("The disk is full.")
    look = watched(clock, PostgreSQL=postgres)
    postgres.runs = False
    with pytest.raises(ProcessEndedError, match=r"PostgreSQL did not restart\. The disk is full\.\nThat was attempt 6"):
        look(120)
    assert len(postgres.starts) == MAX_ATTEMPTS
    pauses = [later - earlier for earlier, later in zip(postgres.starts, postgres.starts[1:], strict=False)]
    assert pauses == pytest.approx([1, 2, 4, 8, 16], abs=0.2)
    assert capsys.readouterr().err.count("Restarting it in") == MAX_ATTEMPTS


def test_a_server_that_ends_right_after_each_start_is_given_up_however_long_it_ran_before(clock):
    server = Server()
    look = watched(clock, server=server)
    look(130)

    def end_again_and_again():
        for _ in range(1_000):
            server.runs = False
            look()

    with pytest.raises(ProcessEndedError, match="server ended unexpectedly"):
        end_again_and_again()
    assert len(server.starts) == MAX_ATTEMPTS


def test_a_server_that_has_run_for_long_gets_all_its_attempts_back(clock):
    valkey = Server()
    look = watched(clock, Valkey=valkey)
    for _ in range(MAX_ATTEMPTS * 3):
        valkey.runs = False
        look(1)
        assert valkey.runs
        look(121)


def test_two_servers_that_end_at_once_are_both_started(clock):
    postgres, server = Server(), Server()
    look = watched(clock, PostgreSQL=postgres, server=server)
    postgres.runs = server.runs = False
    look(1)
    assert postgres.runs
    assert server.runs
