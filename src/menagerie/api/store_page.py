"""The page behind every address of a store, with the store's public data already embedded.

So its name, its colour and the sign-in form are there at the first paint, without another request to the server, and
a shared link shows the store's name.
"""

from html import escape

import orjson

from menagerie.stores.graphql import Storefront

_TITLE = "<title>Pet store</title>"
_DESCRIPTION = '<meta name="description" content="Cats, dogs and frogs looking for a home." />'
_DATA = '<script id="storefront" type="application/json"></script>'

MARKS = (_TITLE, _DESCRIPTION, _DATA)
"""The parts of index.html that are replaced with the store's own; each must occur exactly once."""


class StorePage:
    """The built index.html, filled in for each store."""

    def __init__(self, template: str) -> None:
        missing = [mark for mark in MARKS if template.count(mark) != 1]
        if missing:
            raise ValueError(f"index.html must contain each of these exactly once: {', '.join(missing)}")
        self._template = template

    def plain(self) -> bytes:
        """The page without a store; it then requests the store itself."""
        return self._template.encode()

    def of(self, storefront: Storefront | None) -> bytes:
        """The page of a store; pass None for an address that belongs to no store."""
        page = self._template.replace(_DATA, _DATA.replace("></", f">{_data(storefront)}</"))
        if storefront is None:
            return page.encode()
        name, description = escape(storefront.name), escape(storefront.description)
        page = page.replace(_TITLE, f"<title>{name}</title>")
        if description:
            page = page.replace(_DESCRIPTION, f'<meta name="description" content="{description}" />')
        return page.encode()


def _data(storefront: Storefront | None) -> str:
    """What the page would query about the store, as JSON that cannot close the <script> element around it."""
    login = storefront.demo_login if storefront else None
    answer = storefront and {
        "name": storefront.name,
        "description": storefront.description,
        "welcome": storefront.welcome,
        "accent": storefront.accent,
        "open": storefront.open,
        "signUpOpen": storefront.sign_up_open,
        "demoLogin": login and {"email": login.email, "password": login.password},
    }
    return orjson.dumps(answer).decode().replace("<", "\\u003c")
