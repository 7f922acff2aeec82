"""Known devices: what a client receives when it signs in, and shows when it signs in again.

Strangers who guess an account's password then use up their own attempts, not the device's. These are OWASP's device
cookies (Slow Down Online Guessing Attacks with Device Cookies), in a header because the page sends no cookies.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
import time

from menagerie.secrets.envelope import MasterKeys

_VALID_SECONDS = 365 * 24 * 60 * 60
_ID_BYTES = 12
_ISSUED = struct.Struct(">Q")
_SIGNATURE_BYTES = 32
_BYTES = _ID_BYTES + _ISSUED.size + _SIGNATURE_BYTES
_MAX_SHOWN = 3
"""How many devices a client may show at once: several people may share it."""


class Devices:
    """Issues and recognises devices. A device is no credential: the password is still checked."""

    def __init__(self, keys: MasterKeys) -> None:
        self._secrets = keys.purposes("device")

    def new(self, user_id: str) -> str:
        """A device that has just signed in to the account, as text for its header."""
        content = secrets.token_bytes(_ID_BYTES) + _ISSUED.pack(int(time.time()))
        return base64.urlsafe_b64encode(content + _signature(self._secrets[0], user_id, content)).decode()

    def recognise(self, user_id: str, shown: str) -> bytes | None:
        """The id of the first device in the header that has signed in to this account within a year, if any."""
        for each in shown.split(",", _MAX_SHOWN)[:_MAX_SHOWN]:
            if (known := self._recognise(user_id, each.strip())) is not None:
                return known
        return None

    def _recognise(self, user_id: str, text: str) -> bytes | None:
        try:
            decoded = base64.b64decode(text, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(decoded) != _BYTES:
            return None
        content, signature = decoded[:-_SIGNATURE_BYTES], decoded[-_SIGNATURE_BYTES:]
        if not any(hmac.compare_digest(signature, _signature(key, user_id, content)) for key in self._secrets):
            return None
        (issued,) = _ISSUED.unpack(content[_ID_BYTES:])
        return content[:_ID_BYTES] if 0 <= time.time() - issued < _VALID_SECONDS else None


def _signature(key: bytes, user_id: str, content: bytes) -> bytes:
    return hmac.digest(key, content + user_id.encode(), hashlib.sha256)
