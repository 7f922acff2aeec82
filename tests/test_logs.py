"""Repeated messages are logged once a minute, and no line moves the cursor of the terminal that shows it."""

import json
import logging

import structlog

from menagerie import logs
from menagerie.logs import configure_logs


def test_repeated_outages_are_logged_once_a_minute(capsys, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(logs.time, "monotonic", lambda: now)
    before = logging.getLogger().handlers[:]
    try:
        configure_logs("json", "INFO")
        pool, health = logging.getLogger("psycopg.pool"), structlog.get_logger("menagerie.api.health")
        disk = structlog.get_logger("menagerie.api.storage_full")

        def logged_events() -> list[str]:
            for _ in range(3):
                pool.warning("error connecting in %r: %s", "server", "refused")
                health.warning("not ready", reason="PoolTimeout")
                disk.error("disk full")
            return [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]

        once = ["error connecting in 'server': refused", "not ready", "disk full"]
        assert logged_events() == once
        now += 59
        assert logged_events() == []
        now += 2
        assert logged_events() == once
        # Other messages from a pool are logged.
        pool.warning("discarding broken connection: %s", "x")
        assert "discarding" in capsys.readouterr().err
    finally:
        logging.getLogger().handlers[:] = before


def test_control_characters_are_escaped_in_text(capsys):
    before = logging.getLogger().handlers[:]
    try:
        configure_logs("text", "INFO")
        try:
            raise ValueError("\x1b]0;title\x07 of an exception")
        except ValueError:
            structlog.get_logger("menagerie").error("fault\x1b[2J", name="\x9b1A", exc_info=True)
        logging.getLogger("a.library").warning("from %s", "a\rlibrary\x1b[31m")
        written = capsys.readouterr().err
    finally:
        logging.getLogger().handlers[:] = before
    assert "\\x1b[2J" in written
    assert "\\x1b]0;title\\x07 of an exception" in written
    assert "a\\x0dlibrary" in written
    assert written.count("\n") > 5
    assert all(character.isprintable() or character == "\n" for character in written)
