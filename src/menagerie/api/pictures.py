"""Handing out pictures: by signature, as an <img> asks for them, or by Basic credentials."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from menagerie.accounts.authenticate import Forbidden, StoreClosed
from menagerie.accounts.credentials import Unauthenticated, realm_of
from menagerie.api.encodings import is_known
from menagerie.api.request import client_address
from menagerie.errors import Refusal
from menagerie.pets import pictures
from menagerie.pets.models import PictureSize
from menagerie.runtime import Runtime
from menagerie.stores.models import Store

_YEAR_SECONDS = 365 * 24 * 60 * 60


class PictureUnknown(Refusal):
    """There is no such picture in the store."""

    status = 404
    code = "NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such picture.")


def router(runtime: Runtime) -> APIRouter:
    """The address of pictures."""
    routes = APIRouter()

    @routes.get("/stores/{slug}/pictures/{picture}/{size}.webp")
    async def picture(request: Request, slug: str, picture: str, size: str) -> Response:
        try:
            picture_id, picture_size = UUID(picture), PictureSize(size)
        except ValueError:
            raise PictureUnknown from None
        store = await _permitted(runtime, request, slug, picture_id, picture_size)
        # The bytes never change under an id, so that its name is its version.
        headers = {
            "Cache-Control": f"private, max-age={_YEAR_SECONDS}, immutable",
            "ETag": f'"{picture_id}-{picture_size.value}"',
        }
        if is_known(headers["ETag"], request.headers.getlist("if-none-match")):
            return Response(status_code=304, headers=headers)
        content = await runtime.database.read(
            store, lambda session: pictures.load(session, store, picture_id, picture_size)
        )
        if content is None:
            raise PictureUnknown
        return Response(content, media_type="image/webp", headers=headers)

    return routes


async def _permitted(runtime: Runtime, request: Request, slug: str, picture_id: UUID, size: PictureSize) -> Store:
    """The store, if the request may see its picture."""
    signature = request.query_params.get("s")
    if signature is not None:
        store = await runtime.stores.find(slug)
        expiry = request.query_params.get("e", "")
        if store is None or not pictures.signature_holds(store, picture_id, size, expiry, signature):
            raise Forbidden("This picture's address has expired or is not right. Load the page again.")
        if store.suspended:  # of one that is closed for customers, its merchant still sees the pictures
            raise StoreClosed(store)
        return store
    authorization = request.headers.get("authorization")
    if authorization is None:
        raise Unauthenticated(realm_of(slug), "Sign in to see this picture.")
    address = client_address(request.scope, runtime.settings.trusted_proxies)
    caller = await runtime.authenticator.caller(authorization, address)
    if caller.store is None or caller.store.slug != slug:
        raise Forbidden("This picture belongs to another store.")
    return caller.store
