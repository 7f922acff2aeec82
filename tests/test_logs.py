"""What is said again and again is written once a minute."""

import json
import logging

import structlog

from menagerie import logs
from menagerie.logs import configure_logs


def test_what_is_away_is_said_once_a_minute(capsys, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(logs.time, "monotonic", lambda: now)
    before = logging.getLogger().handlers[:]
    try:
        configure_logs("json", "INFO")
        pool, health = logging.getLogger("psycopg.pool"), structlog.get_logger("menagerie.api.health")

        def said() -> list[str]:
            for _ in range(3):
                pool.warning("error connecting in %r: %s", "server", "refused")
                health.warning("not ready", reason="PoolTimeout")
            return [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]

        once = ["error connecting in 'server': refused", "not ready"]
        assert said() == once
        now += 59
        assert said() == []
        now += 2
        assert said() == once
        # Whatever else a pool says is another kind.
        pool.warning("discarding broken connection: %s", "x")
        assert "discarding" in capsys.readouterr().err
    finally:
        logging.getLogger().handlers[:] = before
