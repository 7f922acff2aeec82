"""GraphQL over HTTP: anything but an operation in a POST is refused, with a status and a message."""

import pytest
from starlette.types import Message

from api.conftest import only_error, owner, refusal, user
from menagerie.api.messages import Request
from menagerie.api.schemas import SCHEMAS
from menagerie.api.uploads_and_streams import UploadsAndStreams
from menagerie.graphql.context import Context
from shop import Shop, basic

QUERY = {"query": "{ store { slug } }"}
ENDPOINTS = ["storefront", "merchant", "platform", "signup"]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_only_post_is_answered(here: Shop, endpoint: str) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"):
        response = await here.client.request(method, f"/graphql/{endpoint}?query={{__typename}}", headers=user(here))
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"


async def test_batches_are_refused(here: Shop) -> None:
    response = await here.client.post("/graphql/storefront", json=[QUERY, QUERY], headers=user(here))
    assert refusal(response, 400) == "Send one operation at a time; batches are not supported."
    response = await here.client.post(
        "/graphql/merchant",
        data={"operations": '[{"query": "{ store { slug } }"}]', "map": "{}"},
        files={"0": b"x"},
        headers=owner(here),
    )
    assert response.status_code == 400


async def test_other_media_types_are_refused(here: Shop) -> None:
    kinds = ["text/plain", "application/graphql", "application/x-www-form-urlencoded", "", "multipart/form-data"]
    for kind in kinds:
        headers = {**user(here), "Content-Type": kind}
        response = await here.client.post("/graphql/storefront", content=b"{}", headers=headers)
        assert refusal(response, 415, "UNSUPPORTED_MEDIA_TYPE").startswith("Send the operation as application/json")


async def test_bodies_that_are_not_operations_are_refused(here: Shop) -> None:
    bodies = [
        b"",
        b"{",
        b"null",
        b"5",
        b'"text"',
        b"{}",
        b'{"query": null}',
        b'{"query": 5}',
        b'{"query": "\\ud800"}',
        b'{"query": "{ store { slug } }", "variables": {"a": "\\udfff"}}',
        b'{"query": "\xff"}',
        b'{"query": "{ store { slug } }", "variables": "text"}',
        b'{"query": "{ me { id } }", "variables": [1]}',
        b'{"query": "{ me { id } }", "extensions": 5}',
        b'{"query": "{ me { id } }", "operationName": "Other"}',
        b'{"query": "{ store { slug } }", "operationName": "Other"}',
        b'{"query": ""}',
        b"[" * 2_000,
        b'{"query": "{ store { slug } }"} trailing',
    ]
    for body in bodies:
        headers = {**user(here), "Content-Type": "application/json"}
        response = await here.client.post("/graphql/storefront", content=body, headers=headers)
        assert response.status_code in {200, 400}, body[:60]
        (error,) = response.json()["errors"]
        assert error["extensions"]["code"] == "BAD_REQUEST", (body[:60], error)


async def test_malformed_multipart_bodies_are_refused(here: Shop) -> None:
    query = '{"query": "{ store { slug } }", "variables": {"x": null, "l": []}}'
    forms = [
        {},
        {"operations": "{", "map": "{}"},
        {"operations": "5", "map": "{}"},
        {"operations": query, "map": "5"},
        {"operations": query, "map": "[]"},
        {"operations": query, "map": '{"0": 5}'},
        {"operations": query, "map": '{"0": [5]}'},
        {"operations": query, "map": '{"0": ["variables.l.7"]}'},
        {"operations": query, "map": '{"0": ["variables.nope.x"]}'},
        {"operations": query, "map": '{"9": ["variables.x"]}'},
        {"operations": query, "map": '{"0": ["query"]}'},
        {"operations": "[]", "map": "{}"},
        {"operations": f"[{query}]", "map": "{}"},
        {"operations": "{}", "map": "{}"},
        {"operations": '{"query": 5}', "map": "{}"},
        {"operations": '{"query": "{ store { slug } }", "variables": []}', "map": "{}"},
        {"operations": '{"query": "{ store { slug } }", "extensions": []}', "map": "{}"},
        {"operations": '{"query": "{ store { slug } }", "operationName": 5}', "map": "{}"},
        {
            "operations": '{"query": "{ store { slug } }", "variables": {"a": ' + "[" * 800 + "]" * 800 + "}}",
            "map": "{}",
        },
    ]
    for form in forms:
        response = await here.client.post("/graphql/merchant", data=form, files={"0": b"x"}, headers=owner(here))
        assert response.status_code == 400, form
        assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
    for content, kind in ((b"abc", "multipart/form-data"), (b"abc", "multipart/form-data; boundary=x")):
        headers = {**owner(here), "Content-Type": kind}
        response = await here.client.post("/graphql/merchant", content=content, headers=headers)
        assert response.status_code == 400


async def test_extensions_are_ignored_however_deep(here: Shop) -> None:
    deep = '{"query": "{ store { slug } }", "extensions": {"a": ' + "[" * 800 + "]" * 800 + "}}"
    response = await here.client.post(
        "/graphql/merchant", data={"operations": deep, "map": "{}"}, files={"0": b"x"}, headers=owner(here)
    )
    assert response.status_code in {200, 400}
    headers = {**user(here), "Content-Type": "application/json", "Accept": "text/event-stream"}
    response = await here.client.post("/graphql/storefront", content=deep, headers=headers)
    assert response.status_code == 200
    assert here.slug in response.text


async def test_a_stream_of_what_is_not_an_operation_is_refused(here: Shop) -> None:
    headers = {**user(here), "Content-Type": "application/json", "Accept": "text/event-stream"}
    for body in (b"[]", b"[{}]", b"{", b'{"query": 5}', b'{"query": "{ store { slug } }", "variables": []}'):
        response = await here.client.post("/graphql/storefront", content=body, headers=headers)
        assert response.status_code == 400, body
        assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


async def test_an_upload_that_breaks_off_is_not_a_fault(here: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    pieces = [
        b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{}\r\n',
        b'--x\r\nContent-Disposition: form-data; name="0"; filename="a.jpg"\r\n\r\nabc',
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        if pieces:
            return {"type": "http.request", "body": pieces.pop(0), "more_body": True}
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql/merchant",
        "query_string": b"",
        "headers": [(b"content-type", b"multipart/form-data; boundary=x"), (b"content-length", b"9000")],
    }
    uploads = UploadsAndStreams(SCHEMAS["merchant"], uploads=True)
    await uploads.upload(Request(scope, receive), Context({}), send)
    assert sent[0]["status"] == 400
    assert "fault" not in capsys.readouterr().err


async def test_a_too_large_body_is_refused_with_and_without_a_length(here: Shop) -> None:
    large = b'{"query": "' + b" " * 140_000 + b'"}'
    headers = {**user(here), "Content-Type": "application/json"}

    async def chunks():
        for start in range(0, len(large), 10_000):
            yield large[start : start + 10_000]

    for content in (large, chunks()):
        response = await here.client.post("/graphql/storefront", content=content, headers=headers)
        assert refusal(response, 413, "TOO_LARGE") == "The request is too large. The limit is 128 KiB."


async def test_a_too_large_upload_without_a_length_is_refused(here: Shop) -> None:
    async def chunks():
        yield b'--x\r\nContent-Disposition: form-data; name="0"; filename="a.jpg"\r\n\r\n'
        for _ in range(100):
            yield b"a" * 100_000
        yield b"\r\n--x--\r\n"

    headers = {**owner(here), "Content-Type": "multipart/form-data; boundary=x"}
    response = await here.client.post("/graphql/merchant", content=chunks(), headers=headers)
    refusal(response, 413, "TOO_LARGE")


async def test_unknown_hosts_are_misdirected(here: Shop) -> None:
    for host in (
        "evil.example",
        "localhost.evil.example",
        "localhost" + "." * 400,
        "",
        "[",
        "127.0.0.2",
        "localhost@evil.example",
    ):
        response = await here.client.post("/graphql/storefront", json=QUERY, headers={**user(here), "Host": host})
        refusal(response, 421, "UNKNOWN_HOST")
        assert (await here.client.get("/health/live", headers={"Host": host})).status_code == 200
    for host in ("localhost", "LOCALHOST:9", "127.0.0.1:8443", "[::1]:8443", "localhost."):
        response = await here.client.post("/graphql/storefront", json=QUERY, headers={**user(here), "Host": host})
        assert response.status_code == 200, host


async def test_the_media_type_is_negotiated(here: Shop) -> None:
    graphql = "application/graphql-response+json"
    for accept, expected, status in (
        (None, "application/json", 200),
        ("*/*", "application/json", 200),
        ("application/json", "application/json", 200),
        (graphql, graphql, 400),
        (f"{graphql}; charset=utf-8, application/json;q=0.9", graphql, 400),
    ):
        headers = user(here) | ({"Accept": accept} if accept else {})
        for query, wanted in (("{ me { id } }", 200), ("{ pets { totalCount } }", 200), ("{ nothing }", status)):
            response = await here.client.post("/graphql/storefront", json={"query": query}, headers=headers)
            assert response.headers["content-type"] == f"{expected}; charset=utf-8"
            assert response.status_code == wanted, (accept, query)
            assert response.headers["cache-control"] == "no-store"


async def test_unknown_addresses_are_not_found(here: Shop) -> None:
    for path in ("/nowhere", "/graphql", "/graphql/operator", "/metrics", "/docs", "/openapi.json", "/.env"):
        assert (await here.client.get(path)).status_code == 404, path


async def test_every_answer_has_the_security_headers_and_a_request_id(here: Shop) -> None:
    for response in (
        await here.client.post("/graphql/storefront", json=QUERY, headers=user(here)),
        await here.client.post("/graphql/storefront", json=QUERY),
        await here.client.get("/nowhere"),
    ):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "trusted-types 'none'" in response.headers["content-security-policy"]
        assert len(response.headers["x-request-id"]) == 16
    given = await here.client.get("/nowhere", headers={"X-Request-Id": "proxy-7"})
    assert given.headers["x-request-id"] == "proxy-7"
    strange = await here.client.get("/nowhere", headers={"X-Request-Id": "a b\tc"})
    assert strange.headers["x-request-id"] != "a b\tc"


async def test_credentials_of_a_merchant_do_not_open_the_storefront_by_another_path(here: Shop) -> None:
    for path in ("/graphql/storefront/", "/graphql/Storefront", "/graphql/storefront/x"):
        response = await here.client.post(path, json=QUERY, headers={"Authorization": basic(here.merchant)})
        assert response.status_code in {307, 404, 405}, path


async def test_one_mistake_is_one_error(here: Shop) -> None:
    response = await here.client.post("/graphql/storefront", json={"query": "{ nothing }"}, headers=user(here))
    assert only_error(response)["extensions"] == {"code": "BAD_REQUEST"}
