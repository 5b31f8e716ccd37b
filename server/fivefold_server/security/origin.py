"""Which requests come from where they should: the `Host` is ours, and writes do not come from other sites."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from fivefold_server.config import Config
from fivefold_server.errors import Refusal

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def check_origin(config: Config, method: str, headers: dict[str, str]) -> None:
    """Refuse a request that a foreign page has a browser send.

    A name that somebody else has pointed at this machine (DNS rebinding) is no name of ours. An address in figures
    cannot be pointed anywhere, so that it is always let through.

    Raises:
        Refusal: it does not come from where it should.
    """
    host = headers.get("host", "")
    name = hostname(host)
    if name not in config.hosts and not _is_address(name):
        raise Refusal(421, "foreign-host", f"this server is not called '{name}'", "add it with --allow-host")
    if method in _READS:
        return
    origin = headers.get("origin")
    if origin is not None and (urlsplit(origin).netloc.lower() != host.lower()):
        raise Refusal(403, "foreign-origin", "a page of another site may not do this", "open the server's own page")
    if headers.get("sec-fetch-site") == "cross-site":
        raise Refusal(403, "foreign-origin", "a page of another site may not do this", "open the server's own page")


def hostname(host: str) -> str:
    """Return the name in a `Host` header, without its port, in lower case."""
    text = host.strip().lower()
    if text.startswith("["):
        return text.partition("]")[0] + "]"
    return text.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
