"""The audit of GraphQL over HTTP (npm's graphql-http) finds nothing that a server must or should do."""

import asyncio
import json
import os
from pathlib import Path
from subprocess import PIPE

import httpx
import pytest

from api import test_live_shelf
from menagerie.settings import Settings
from shop import Shop, basic

server = test_live_shelf.server

WEB = Path(__file__).parents[2] / "web"
MIN_AUDITS = 60
AUDIT = """
import { auditServer } from "graphql-http";
const [url, authorization] = process.argv.slice(1);
const fetchFn = (address, options = {}) =>
  fetch(address, { ...options, headers: { ...options.headers, ...(authorization && { authorization }) } });
const results = await auditServer({ url, fetchFn });
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
"""
ACCEPTED = {
    # Operations are accepted only as POST, so that no URL contains one.
    "5A70": "MAY accept application/x-www-form-urlencoded formatted GET requests",
    "D6D5": "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting "
    "application/graphql-response+json",
    "6A70": "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json",
}
ACCEPTED_OF_VISITORS = {
    # The audit asks for the schema's types, which visitors do not get.
    "2EA1": "SHOULD allow map {variables} parameter when accepting application/graphql-response+json",
    "28B9": "MUST allow map {variables} parameter when accepting application/json",
}


@pytest.mark.parametrize("endpoint", ["storefront", "merchant", "platform", "signup"])
async def test_an_endpoint_passes_the_audit(
    endpoint: str, server: httpx.AsyncClient, settings: Settings, shop: Shop
) -> None:
    assert settings.tls_certificate is not None
    authorization = {
        "storefront": basic(f"{shop.slug}/ada@example.com"),
        "merchant": basic(f"{shop.slug}/{shop.merchant}"),
        "platform": basic(shop.merchant),
        "signup": "",
    }[endpoint]
    process = await asyncio.create_subprocess_exec(
        *("node", "--input-type=module", "--eval", AUDIT, "--", f"{server.base_url}/graphql/{endpoint}", authorization),
        cwd=WEB,
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(settings.tls_certificate.parent / "authority.pem")},
        stdout=PIPE,
        stderr=PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    audits = json.loads(output)
    assert len(audits) > MIN_AUDITS
    accepted = ACCEPTED | (ACCEPTED_OF_VISITORS if endpoint == "signup" else {})
    found = {each["id"]: each["name"] for each in audits if each["status"] != "ok"}
    assert found.items() <= accepted.items()
