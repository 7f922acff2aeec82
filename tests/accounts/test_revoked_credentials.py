"""Every worker forgets revoked credentials at once, whichever worker revoked them."""

import asyncio

import pytest

from menagerie.accounts import authenticate, merchants
from menagerie.accounts.caller_cache import account_subject
from menagerie.secrets.passwords import new_password_hash, verify_password
from menagerie.stores.models import StoreChanges
from menagerie.stores.provision import delete_store
from shop import PASSWORD, Shop, open_shop
from workers import at

ME = "{ me { email } }"


async def _as_merchant(shop: Shop, password: str = PASSWORD) -> int:
    user = f"{shop.slug}/{shop.merchant}"
    return (await shop.post("merchant", "{ store { slug } }", user, password=password)).status_code


async def _as_customer(shop: Shop, password: str = PASSWORD) -> int:
    return (await shop.post("storefront", ME, f"{shop.slug}/ada@example.com", password=password)).status_code


async def test_a_changed_password_ends_the_old_one_everywhere(here: Shop, there: Shop) -> None:
    assert [await _as_merchant(here), await _as_merchant(there)] == [200, 200]
    password_hash = await new_password_hash("another long password")
    await here.runtime.database.write_as_owner(
        lambda session: merchants.change_password(session, here.merchant, password_hash)
    )
    for shop in (here, there):
        assert await _as_merchant(shop) == 401
        assert await _as_merchant(shop, "another long password") == 200


async def test_a_disabled_merchant_is_locked_out_everywhere(here: Shop, there: Shop) -> None:
    assert [await _as_merchant(here), await _as_merchant(there)] == [200, 200]
    await here.runtime.database.write_as_owner(lambda session: merchants.disable(session, here.merchant))
    for shop in (here, there):
        assert await _as_merchant(shop) == 401
        assert (await shop.post("platform", "{ me { login } }", shop.merchant)).status_code == 401


async def test_a_suspended_store_is_closed_everywhere_and_opens_again(here: Shop, there: Shop) -> None:
    shops = (here, there)
    assert [await _as_customer(shop) for shop in shops] == [200, 200]
    await here.runtime.stores.suspend(here.store)
    assert [await _as_customer(shop) for shop in shops] == [403, 403]
    await here.runtime.stores.resume(here.store)
    assert [await _as_customer(shop) for shop in shops] == [200, 200]


async def test_a_request_after_a_change_does_not_get_what_an_earlier_one_found(
    here: Shop, there: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_hash, changed = asyncio.Event(), asyncio.Event()

    async def slow(password: str, expected: str | None) -> bool:
        at_the_hash.set()
        await changed.wait()
        return await verify_password(password, expected)

    monkeypatch.setattr(authenticate, "verify_password", slow)
    query, user = "{ store { name } }", f"{here.slug}/ada@example.com"
    early = asyncio.create_task(here.post("storefront", query, user))
    await at_the_hash.wait()
    await there.runtime.stores.change(there.store, StoreChanges(name="Another name"), actor="test")
    # The same credentials, so these requests wait for the same hash.
    late = [asyncio.create_task(here.post("storefront", query, user)) for _ in range(3)]
    await asyncio.sleep(0)
    changed.set()
    await early
    for answer in await asyncio.gather(*late):
        assert answer.json() == {"data": {"store": {"name": "Another name"}}}


async def test_a_deleted_stores_credentials_end_everywhere(here: Shop, there: Shop) -> None:
    doomed = await open_shop(here.runtime, here.client, "doomed")
    shops = (doomed, at(doomed, there.client))
    assert [await _as_customer(shop) for shop in shops] == [200, 200]
    assert [await _as_merchant(shop) for shop in shops] == [200, 200]
    await delete_store(here.runtime.stores, doomed.store)
    assert [await _as_customer(shop) for shop in shops] == [401, 401]
    assert [await _as_merchant(shop) for shop in shops] == [401, 401]


async def test_a_new_store_under_a_deleted_slug_is_a_different_store(here: Shop, there: Shop) -> None:
    doomed = await open_shop(here.runtime, here.client, "phoenix")
    assert await _as_customer(at(doomed, there.client)) == 200
    await delete_store(here.runtime.stores, doomed.store)
    response = await here.post(
        "platform",
        'mutation($s: String!) { createStore(input: {slug: $s, name: "New"}) { ... on Store { slug } } }',
        doomed.merchant,
        s=doomed.slug,
    )
    assert response.json()["data"]["createStore"] == {"slug": doomed.slug}
    assert await _as_customer(at(doomed, there.client)) == 401


async def test_a_revoked_token_ends_everywhere_and_others_stay(here: Shop, there: Shop) -> None:
    sign_in = "mutation { signIn { token } }"
    tokens = [(await here.storefront(sign_in))["signIn"]["token"] for _ in range(2)]
    for token in tokens:
        assert [await _as_customer(here, token), await _as_customer(there, token)] == [200, 200]
    user = f"{here.slug}/ada@example.com"
    await here.post("storefront", "mutation { signOut }", user, password=tokens[0])
    assert [await _as_customer(here, tokens[0]), await _as_customer(there, tokens[0])] == [401, 401]
    assert [await _as_customer(here, tokens[1]), await _as_customer(there, tokens[1])] == [200, 200]
    assert await _as_customer(there) == 200


async def test_a_token_that_was_just_issued_is_revoked_everywhere(here: Shop, there: Shop) -> None:
    """The process that issues a token remembers it before its first use."""
    user = f"{here.slug}/ada@example.com"
    token = (await here.storefront("mutation { signIn { token } }"))["signIn"]["token"]
    await there.post("storefront", "mutation { signOutEverywhere }", user)
    assert [await _as_customer(here, token), await _as_customer(there, token)] == [401, 401]


async def test_an_expired_token_is_refused_though_it_was_remembered(here: Shop, there: Shop) -> None:
    token = (await here.storefront("mutation { signIn { token } }"))["signIn"]["token"]

    async def expire_in(seconds: float) -> None:
        async def work(session):
            await session.execute("DELETE FROM access_token")
            await session.execute(
                "INSERT INTO access_token (hash, customer_id, expires_at) "
                "VALUES (sha256(convert_to(%s, 'UTF8')), %s, now() + make_interval(secs => %s))",
                (token, here.customers["ada@example.com"], seconds),
            )

        await here.runtime.database.write(here.store, work)
        await here.runtime.versions.replace(here.store.namespace, [account_subject(here.customers["ada@example.com"])])

    await expire_in(0.6)
    assert [await _as_customer(here, token), await _as_customer(there, token)] == [200, 200]
    await asyncio.sleep(0.7)
    assert [await _as_customer(here, token), await _as_customer(there, token)] == [401, 401]


async def test_signing_in_returns_the_expiry_and_signing_out_with_the_password_ends_nothing(here: Shop) -> None:
    query = "mutation { signIn { token expiresAt } }"
    session = (await here.storefront(query))["signIn"]
    assert session["token"].startswith("mng_")
    assert session["expiresAt"].endswith("+00:00")
    assert await here.storefront("mutation { signOut }") == {"signOut": False}
    assert await _as_customer(here, session["token"]) == 200
