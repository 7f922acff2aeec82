"""Readiness reports what is missing."""

import base64
import os

from pydantic import SecretStr

from menagerie.settings import Settings
from shop import Shop
from workers import worker


async def test_a_server_without_the_keys_is_not_ready_and_reports_why(settings: Settings, shop: Shop) -> None:
    foreign = SecretStr(base64.b64encode(os.urandom(32)).decode())
    async with worker(settings.model_copy(update={"master_keys": (foreign,)})) as client:
        answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "database": "ok", "cache": "ok", "keys": "missing"}
