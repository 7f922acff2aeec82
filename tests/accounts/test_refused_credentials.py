"""Wrong credentials are refused in the contract's words, which don't reveal what was wrong."""

import base64

import httpx
import pytest

from shop import PASSWORD, Shop, basic

ME = {"query": "{ me { email } }"}


async def _ask(shop: Shop, authorization: str | bytes | None, endpoint: str = "storefront") -> httpx.Response:
    headers = dict[bytes, bytes]()
    if authorization is not None:
        headers[b"Authorization"] = authorization if isinstance(authorization, bytes) else authorization.encode("ascii")
    return await shop.client.post(f"/graphql/{endpoint}", json=ME, headers=headers)


def _challenge(response: httpx.Response) -> str:
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    return response.headers["www-authenticate"]


@pytest.mark.parametrize("endpoint", ["storefront", "merchant", "platform"])
async def test_missing_credentials_are_challenged(here: Shop, endpoint: str) -> None:
    response = await _ask(here, None, endpoint)
    assert _challenge(response) == 'Basic realm="menagerie", charset="UTF-8"'
    assert response.headers["cache-control"] == "no-store"


async def test_the_realm_is_the_named_store_whether_it_exists_or_not(here: Shop) -> None:
    for slug in (here.slug, "no-such-store"):
        response = await _ask(here, basic(f"{slug}/ada@example.com", "wrong password"))
        assert _challenge(response) == f'Basic realm="{slug}", charset="UTF-8"'
    response = await _ask(here, basic(here.merchant, "wrong password"), "platform")
    assert _challenge(response) == 'Basic realm="menagerie", charset="UTF-8"'


@pytest.mark.parametrize("slug", ["", "A", 'x"y', "store\r\nEvil: 1", "admin", "é", "a" * 41, "../x", "a_b"])
async def test_nothing_strange_gets_into_the_realm(here: Shop, slug: str) -> None:
    response = await _ask(here, basic(f"{slug}/ada@example.com"))
    assert _challenge(response) == 'Basic realm="menagerie", charset="UTF-8"'
    assert "evil" not in response.headers


async def test_an_unknown_store_login_or_password_gets_the_same_answer(here: Shop, other: Shop) -> None:
    user_ids = [
        (f"{here.slug}/ada@example.com", "not the password"),
        (f"{here.slug}/nobody@example.com", PASSWORD),
        ("no-such-store/ada@example.com", PASSWORD),
        (f"{here.slug}/nobody", PASSWORD),
        (f"no-such-store/{here.merchant}", PASSWORD),
        (here.merchant, "not the password"),
        ("nobody", PASSWORD),
        (f"{here.slug}/ada@example.com", "mng_" + "x" * 43),
        (f"{other.slug}/{other.merchant}", "not the password"),
        ("", ""),
        (f"{here.slug}/", PASSWORD),
    ]
    answers = [await _ask(here, basic(user_id, password)) for user_id, password in user_ids]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.content for answer in answers} == {
        b'{"errors":[{"message":"The sign-in details are not right.","extensions":{"code":"UNAUTHENTICATED"}}]}'
    }
    headers = {tuple(sorted(set(answer.headers) - {"x-request-id"})) for answer in answers}
    assert len(headers) == 1


@pytest.mark.parametrize(
    "authorization",
    [
        b"",
        b"Basic",
        b"Basic ",
        b"Basic !!!",
        b"Basic YQ",
        b"Basic \xff\xfe",
        b"Bearer abc",
        b"Digest username=x",
        b"basicYTpi",
        b"Basic " + base64.b64encode(b"no colon"),
        b"Basic " + base64.b64encode(b"ada@example.com\0:password"),
        b"Basic " + base64.b64encode(b"ada@example.com:pass\0word"),
        b"Basic " + base64.b64encode(b"\xe9t\xe9:latin one"),
        b"Basic " + base64.b64encode(b"\xed\xa0\x80:surrogate"),
        b"Basic " + base64.b64encode(b"a" * 3_000 + b":x"),
        b"Basic " + base64.b64encode(b"x:" + b"a" * 100_000),
    ],
)
async def test_unreadable_headers_are_refused(here: Shop, authorization: bytes) -> None:
    response = await _ask(here, authorization)
    assert _challenge(response) == 'Basic realm="menagerie", charset="UTF-8"'
    assert response.json()["errors"][0]["message"].endswith(".")


async def test_credentials_are_checked_before_the_body(here: Shop) -> None:
    for content, kind in ((b"{", "application/json"), (b"x", "text/plain"), (b"x" * 200_000, "application/json")):
        headers = {"Content-Type": kind}
        refused = await here.client.post("/graphql/storefront", content=content, headers=headers)
        assert refused.status_code == 401
        headers["Authorization"] = basic(f"{here.slug}/ada@example.com")
        assert (await here.client.post("/graphql/storefront", content=content, headers=headers)).status_code != 401


async def test_the_scheme_is_read_in_any_case(here: Shop) -> None:
    right = basic(f"{here.slug}/ada@example.com")
    for scheme in ("basic", "BASIC", "bAsIc"):
        assert (await _ask(here, right.replace("Basic", scheme))).status_code == 200


@pytest.mark.parametrize(
    ("user_id", "endpoint", "message"),
    [
        ("{slug}/ada@example.com", "merchant", "This address is for merchants."),
        ("{slug}/ada@example.com", "platform", "This address is for merchants."),
        ("{slug}/{merchant}", "storefront", "This address is for customers."),
        ("{merchant}", "storefront", "This address is for customers."),
        ("{merchant}", "merchant", "Name the store in the credentials, as in pawsome/merlin."),
        ("{slug}/{merchant}", "platform", "Leave the store out of the credentials here, as in merlin."),
        ("{other}/{merchant}", "merchant", "This store is not yours. Use the address of one of your own stores."),
    ],
)
async def test_correct_credentials_at_the_wrong_endpoint_are_forbidden(
    here: Shop, other: Shop, user_id: str, endpoint: str, message: str
) -> None:
    user = user_id.format(slug=here.slug, merchant=here.merchant, other=other.slug)
    response = await _ask(here, basic(user), endpoint)
    assert response.status_code == 403
    assert response.json() == {"errors": [{"message": message, "extensions": {"code": "FORBIDDEN"}}]}
    wrong = await _ask(here, basic(user, "not the password"), endpoint)
    assert wrong.status_code == 401


async def test_only_correct_credentials_learn_that_a_store_is_suspended(here: Shop) -> None:
    await here.runtime.stores.suspend(here.store)
    for user, endpoint in (("ada@example.com", "storefront"), (here.merchant, "merchant")):
        response = await _ask(here, basic(f"{here.slug}/{user}"), endpoint)
        assert response.status_code == 403
        assert response.json()["errors"] == [
            {
                "message": "Alpha Pets is closed for now. Please come back later.",
                "extensions": {"code": "STORE_CLOSED"},
            }
        ]
        assert (await _ask(here, basic(f"{here.slug}/{user}", "wrong password"), endpoint)).status_code == 401
    platform = await here.client.post(
        "/graphql/platform", json={"query": "{ me { login } }"}, headers={"Authorization": basic(here.merchant)}
    )
    assert platform.status_code == 200
