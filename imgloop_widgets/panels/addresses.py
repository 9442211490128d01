"""Addresses to which a worker is sent: https, a host that is allowed, and nothing of anybody's but percent-encoded."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

from imgloop_widgets.errors import ImgloopError

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PLAIN = re.compile(r"[!-~]{1,2000}")


def placeholders(template: str) -> list[str]:
    """Return the names in braces, in their order."""
    return _PLACEHOLDER.findall(template)


def wrong_address(address: str, hosts: Sequence[str]) -> str:
    """Return why nobody may be sent to this address, or template of one; empty where they may.

    hosts: names, with a port where it is not 443; `*.example.org` stands for every host below example.org.
    """
    if not _PLAIN.fullmatch(address) or "\\" in address:
        return "must be one address without spaces, in plain characters"
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        host += f":{parts.port}" if parts.port else ""
    except ValueError:
        return f"is no address: {address!r}"
    if parts.scheme != "https":
        return f"must begin with https://; not {address!r}"
    if not host or "@" in parts.netloc or "{" in parts.netloc:
        return f"must name its host as it is, without placeholders or a user; not {parts.netloc!r}"
    if not any(_is(host, allowed) for allowed in hosts):
        return f"leads to {host!r}, which is not allowed; allowed: {', '.join(hosts) or 'none; name it in hosts'}"
    return ""


def filled(template: str, values: Mapping[str, str], hosts: Sequence[str]) -> str:
    """Return the address with its placeholders filled, each value percent-encoded.

    Raises:
        ImgloopError: a value is missing, or it leads where nobody may be sent.
    """
    wrong = wrong_address(template, hosts)
    missing = [name for name in placeholders(template) if name not in values]
    if wrong or missing:
        raise ImgloopError(f"the address {template!r} {wrong or 'needs ' + ', '.join(missing)}")
    return _PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=""), template)


def _is(host: str, allowed: str) -> bool:
    return host.endswith(allowed[1:]) and len(host) > len(allowed) - 1 if allowed.startswith("*.") else host == allowed
