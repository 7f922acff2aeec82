"""The security log's file and the fields of its lines."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from menagerie.logs import about_request
from menagerie.security_log import SecurityEvent, configure_security_log, record, record_of_operator


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    configure_security_log(tmp_path / "security.log", to_stderr=False)
    yield tmp_path / "security.log"
    configure_security_log(None, to_stderr=False)


def _counted(event: SecurityEvent) -> float:
    return REGISTRY.get_sample_value("menagerie_security_events_total", {"event": event.value}) or 0.0


def test_a_line_names_the_event_the_account_the_address_and_the_request(file: Path) -> None:
    before = _counted(SecurityEvent.PASSWORD_WRONG)
    token = about_request.set({"request_id": "r1", "store": "pawsome"})
    try:
        record(SecurityEvent.PASSWORD_WRONG, account="a1", claimed=None, address="192.0.2.1\n{}")
    finally:
        about_request.reset(token)
    (line,) = file.read_text().splitlines()
    entry = json.loads(line)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "log": "security",
        "event": "password wrong",
        "request_id": "r1",
        "store": "pawsome",
        "account": "a1",
        "address": "192.0.2.1\n{}",
    }
    assert _counted(SecurityEvent.PASSWORD_WRONG) == before + 1


def test_only_its_owner_may_read_the_file_and_a_moved_file_is_created_again(file: Path) -> None:
    record(SecurityEvent.SIGNED_IN, account="first")
    assert file.stat().st_mode & 0o777 == 0o600
    moved = file.rename(file.with_suffix(".1"))
    record(SecurityEvent.SIGNED_IN, account="second")
    assert ["first" in moved.read_text(), "second" in file.read_text(), "first" in file.read_text()] == [
        True,
        True,
        False,
    ]


def test_a_server_without_a_file_writes_to_standard_error_and_a_command_only_counts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = _counted(SecurityEvent.KEYS_ROTATED)
    configure_security_log(None, to_stderr=True)
    record(SecurityEvent.KEYS_ROTATED)
    assert json.loads(capsys.readouterr().err)["event"] == "keys rotated"
    configure_security_log(None, to_stderr=False)
    record(SecurityEvent.KEYS_ROTATED)
    assert capsys.readouterr() == ("", "")
    assert _counted(SecurityEvent.KEYS_ROTATED) == before + 2


def test_a_file_that_cannot_be_written_stops_nothing_and_is_written_again_later(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    before = _counted(SecurityEvent.SIGNED_OUT)
    file.mkdir()
    record(SecurityEvent.SIGNED_OUT)
    assert _counted(SecurityEvent.SIGNED_OUT) == before + 1
    file.rmdir()
    record(SecurityEvent.SIGNED_OUT)
    assert len(file.read_text().splitlines()) == 1


@pytest.mark.parametrize("user", ["", "root"])
def test_an_operator_is_recorded_under_the_name_of_the_system_user(
    user: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    if user:
        monkeypatch.setenv("SUDO_USER", user)
    else:
        monkeypatch.setattr("getpass.getuser", lambda: "olive")
    record_of_operator(SecurityEvent.STORE_SUSPENDED, store="pawsome")
    entry = json.loads(file.read_text())
    assert (entry["operator"], entry["store"]) == (user or "olive", "pawsome")
