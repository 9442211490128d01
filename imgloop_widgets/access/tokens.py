"""What a signed link carries: `?t=<payload>.<signature>`.

    payload    base64url of JSON: study, worker, unit, when it ends, number
    signature  base64url of HMAC-SHA-384 over the payload, with a key made of the secret, the purpose of the link and
               the study's name

A link has one spelling. The payload is signed as it is written, and 48 bytes make 64 letters without a bit to spare, so
a link that is changed in one letter anywhere is no link.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadData, BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode

PARAMETER = "t"
"""Of a signed link."""

Purpose = bytes
WORKER: Purpose = b"imgloop.link"
RESEARCHER: Purpose = b"imgloop.monitor"
"""What a link is signed for: one of the one opens nothing of the other."""

_TEXT = re.compile(r"[A-Za-z0-9_-]{1,800}\.[A-Za-z0-9_-]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """worker_id: or a researcher's name. unit: None: the next that is due. expires: UTC, in whole seconds; None: never.

    number: 0, and one more for each link of this worker and unit that was revoked and replaced.
    """

    study: str
    worker_id: str
    unit: int | None = None
    expires: datetime | None = None
    number: int = 0


def sign(token: Token, secrets: Sequence[bytes], purpose: Purpose = WORKER) -> str:
    """Return the token as a link carries it. secrets: oldest first; the newest signs."""
    ends = None if token.expires is None else int(token.expires.timestamp())
    payload = [token.study, token.worker_id, token.unit, ends, token.number]
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return _signer(token.study, secrets, purpose).sign(base64_encode(text)).decode("ascii")


def read(text: str, study: str, secrets: Sequence[bytes], purpose: Purpose = WORKER) -> Token | None:
    """Return the token; None: none of the secrets has signed it for this study and purpose."""
    if not secrets or not _TEXT.fullmatch(text):
        return None
    try:
        payload = json.loads(base64_decode(_signer(study, secrets, purpose).unsign(text)))
    except BadSignature:
        return None
    name, worker_id, unit, ends, number = payload  # signed by us, so it is ours
    expires = None if ends is None else datetime.fromtimestamp(ends, UTC)
    token = Token(study=name, worker_id=worker_id, unit=unit, expires=expires, number=number)
    return token if name == study else None


def worker_in(text: str) -> str | None:
    """Return the worker that a token names, whoever signed it; None: it is damaged. It is not to be believed."""
    try:
        worker_id = json.loads(base64_decode(text.partition(".")[0]))[1]
    except (BadData, ValueError, IndexError, KeyError, TypeError):
        return None
    return worker_id if isinstance(worker_id, str) else None


def digest(text: str) -> str:
    """Return what stands for a token where the token itself may not be kept: sha256, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def _signer(study: str, secrets: Sequence[bytes], purpose: Purpose) -> Signer:
    salt = purpose + b"\0" + study.encode()
    return Signer(list(secrets), salt=salt, sep=".", key_derivation="hmac", digest_method=hashlib.sha384)
