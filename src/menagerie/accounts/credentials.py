"""HTTP Basic credentials (RFC 7617): user-id `[slug/]login`, in UTF-8."""

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from menagerie.accounts.models import Role
from menagerie.errors import HttpError
from menagerie.secrets.envelope import normal_login
from menagerie.stores.models import problem_with_slug

MERCHANT_LOGIN = re.compile(r"[a-z][a-z0-9-]{2,31}")
_MAX_BYTES = 2048


class UnauthenticatedError(HttpError):
    """The request has no valid credentials. The answer is the same whatever is wrong with them."""

    status = 401
    code = "UNAUTHENTICATED"

    def __init__(self, realm: str, message: str = "The sign-in details are not right.") -> None:
        super().__init__(message, headers={"WWW-Authenticate": f'Basic realm="{realm}", charset="UTF-8"'})


class Client(NamedTuple):
    """Where a request comes from: its Authorization header, its client address and the devices that it shows."""

    authorization: str | None
    address: str
    devices: str = ""

    @property
    def login(self) -> str:
        """The caller's login, in its normal form."""
        return parse_basic(self.authorization).login

    @property
    def user_id(self) -> str:
        """The caller's account, as the throttle counts it."""
        return parse_basic(self.authorization).user_id


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials in the header, not yet verified.

    The login is in its normal form, so that look-ups, the throttle, caches and logs treat all spellings of an account
    as one. A slug has a single spelling; any other names no store.
    """

    slug: str | None
    login: str
    password: str

    @property
    def role(self) -> Role:
        """The role that the login implies: customers' logins are email addresses, merchants' are not."""
        return Role.CUSTOMER if "@" in self.login else Role.MERCHANT

    @property
    def user_id(self) -> str:
        """The account that the throttle counts: a merchant is one account across all of their stores."""
        if self.role is Role.MERCHANT:
            return self.login
        return f"{self.slug}/{self.login}"

    @property
    def realm(self) -> str:
        """The realm named in the answer to wrong credentials, whether or not the store exists."""
        return realm_of(self.slug)


def realm_of(slug: str | None) -> str:
    """The slug if it is well-formed, so that nothing unexpected gets into a header."""
    return slug if slug is not None and problem_with_slug(slug) is None else "menagerie"


def with_password(authorization: str, password: str) -> str:
    """The Authorization header of the same account, spelled the same, with another password."""
    decoded = base64.b64decode(authorization.partition(" ")[2].strip())
    return "Basic " + base64.b64encode(decoded.partition(b":")[0] + b":" + password.encode()).decode()


def parse_basic(authorization: str | None) -> Credentials:
    """Parse the credentials in an Authorization header.

    Raises:
        UnauthenticatedError: if there are none or they can't be parsed.
    """
    if not authorization:
        raise UnauthenticatedError("menagerie", "Sign in to do this.")
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _MAX_BYTES:
        raise UnauthenticatedError("menagerie", "Sign in with HTTP Basic credentials.")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise UnauthenticatedError(
            "menagerie", "The credentials could not be read. They must be UTF-8 in Base64."
        ) from None
    user_id, colon, password = unicodedata.normalize("NFC", decoded).partition(":")
    if not colon or "\0" in decoded:
        raise UnauthenticatedError("menagerie", "The credentials could not be read. They must be user-id:password.")
    # Split at the first slash: an email address may contain one, a slug can't.
    slug, slash, login = user_id.partition("/")
    if not slash:
        return Credentials(None, normal_login(user_id), password)
    return Credentials(slug, normal_login(login), password)
