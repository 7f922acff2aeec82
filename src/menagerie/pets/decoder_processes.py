"""Makes the renditions of uploaded pictures: the sizes in which they are shown.

Pictures are decoded in separate processes, a few at a time, for which stores take turns: hostile files stay outside the
server, and the event loop is not blocked.
"""

import os
from collections.abc import Hashable
from functools import cache
from pathlib import PurePath

import anyio
import anyio.to_process
from prometheus_client import Counter

from menagerie.errors import DomainError
from menagerie.fair_queue import FairQueue
from menagerie.pets.renditions import Renditions, decode_in_background

MAX_PICTURE_BYTES = 8 * 1024 * 1024
_DECODERS = 2
_DECODE_SECONDS = 20
_MAX_WAIT_SECONDS = 60.0
_REFUSED = Counter("menagerie_pictures_refused", "Pictures rejected because their queue was full.")


class PictureInvalidError(DomainError):
    """The upload is not a picture that a store can show; choose another file."""


async def render(content: bytes, filename: str, store: Hashable = None) -> Renditions:
    """Check an upload and make its renditions.

    Args:
        content: the picture.
        filename: its name, whose extension must match; may be empty.
        store: whose turn at a decoder to take.

    Raises:
        PictureInvalidError: with a sentence that says what is wrong.
        OverloadedError: if too many pictures are waiting.
    """
    if len(content) > MAX_PICTURE_BYTES:
        raise PictureInvalidError("The picture is larger than 8 MiB. Choose a smaller file.")
    try:
        # The timeout covers only the decoding: waiting for a free decoder is not the picture's fault.
        async with _turns().turn(store):
            with anyio.fail_after(_DECODE_SECONDS):
                suffix = PurePath(filename).suffix.lower()
                made = await anyio.to_process.run_sync(
                    decode_in_background, content, suffix, cancellable=True, limiter=_processes()
                )
    except TimeoutError:
        raise PictureInvalidError("The picture took too long to read. Save it again or choose another file.") from None
    except anyio.BrokenWorkerProcess:
        # If no process can start, that is the server's fault, and this raises the same error again.
        await anyio.to_process.run_sync(os.getpid, limiter=_processes())
        raise PictureInvalidError("The picture could not be read. Save it again or choose another file.") from None
    if isinstance(made, str):
        raise PictureInvalidError(made)
    return made


@cache
def _turns() -> FairQueue:
    return FairQueue(limit_per_store=_DECODERS, limit=_DECODERS, max_wait=_MAX_WAIT_SECONDS, refused=_REFUSED)


@cache
def _processes() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(_DECODERS)
