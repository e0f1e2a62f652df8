"""Who asks: decided here alone, for the pages, the API and MCP.

A person is a logged-in name, or else an address. What leaves this module is a hash with a salt that lives as long as
the process: it tells persons apart and says nothing about them.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import re
import secrets
from typing import Any

from rrm_ui.settings import get_settings

PERSON_HEADER = "x-rrm-person"
"""Carries a person that this process has named to itself, over the loop by which MCP calls the API."""

WITH_PORT = re.compile(r"(\[.*\]|[\d.]+):\d+")

_SALT = secrets.token_bytes(32)


def person_of(request: Any) -> str:
    """Return who sent ``request`` (of Gradio or Starlette), as an opaque name."""
    named = _headers(request).get(PERSON_HEADER)
    if named is not None and (person := _signed(named)) is not None:
        return person
    username = getattr(request, "username", None)
    return _hash(f"name {username}" if username else f"address {_address(request)}")


def sign(person: str) -> str:
    """Return ``person`` in a form that ``person_of`` believes in a header, and that only this process can make."""
    return f"{person}.{_hash(f'signed {person}')}"


def _signed(value: str) -> str | None:
    person, _, _ = value.partition(".")
    return person if hmac.compare_digest(value.encode(), sign(person).encode()) else None


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), key=_SALT, digest_size=8).hexdigest()


def _headers(request: Any) -> dict[str, str]:
    headers = getattr(request, "headers", None)
    return {str(name).lower(): str(value) for name, value in headers.items()} if headers is not None else {}


def _address(request: Any) -> str:
    """Return the address behind ``request``; of an IPv6 one its network, because a person has as many as they like."""
    host = str(getattr(getattr(request, "client", None), "host", None) or "")
    proxies = get_settings().trust_proxy
    if proxies or os.environ.get("SPACE_ID"):
        chain = _forwarded(request)
        host = (_heard_by_proxy(chain, proxies) if proxies else _last_public(chain)) or host
    address = _parse(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address or host)


def _forwarded(request: Any) -> list[str]:
    """Return the entries of ``X-Forwarded-For``; a proxy adds one to the line that is there, or a line of its own."""
    headers = getattr(request, "headers", None)
    lines = [str(value) for name, value in headers.items() if str(name).lower() == "x-forwarded-for"] if headers else []
    return ",".join(lines).split(",")


def _heard_by_proxy(chain: list[str], proxies: int) -> str | None:
    """Return whom the outermost of so many proxies heard from: each adds one at the end of ``X-Forwarded-For``.

    What stands before, a client may have made up.
    """
    address = _parse(chain[-proxies]) if proxies <= len(chain) else None
    return str(address) if address else None


def _last_public(chain: list[str]) -> str | None:
    """Return the last public address, or the last one where none is public.

    A Space has proxies of an unknown number, all in networks of their own.
    """
    addresses = [address for part in chain if (address := _parse(part)) is not None]
    public = [address for address in addresses if address.is_global]
    found = (public or addresses)[-1:]
    return str(found[0]) if found else None


def _parse(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address in ``host``, which may have a port: ``203.0.113.7:51234``, ``[2001:db8::1]:443``."""
    host = host.strip()
    with_port = WITH_PORT.fullmatch(host)
    bare = with_port[1] if with_port else host
    try:
        address = ipaddress.ip_address(bare.strip("[]"))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
