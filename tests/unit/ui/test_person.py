from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.datastructures import Headers

from rrm_ui.errors import BadInput
from rrm_ui.settings import get_settings
from rrm_ui.ui.person import PERSON_HEADER, person_of, sign


def request(host: str | None = "203.0.113.5", username: str | None = None, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    client = SimpleNamespace(host=host, port=1) if host else None
    return SimpleNamespace(client=client, username=username, headers=named)


@pytest.fixture(autouse=True)
def _no_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACE_ID", raising=False)


def test_a_person_is_an_address_or_a_name_and_neither_can_be_read() -> None:
    one = person_of(request())
    assert one == person_of(request())
    assert one != person_of(request("203.0.113.6"))
    assert "203" not in one
    ann = person_of(request(username="ann"))
    assert ann == person_of(request("203.0.113.6", username="ann"))
    assert ann != person_of(request(username="bob"))
    assert "ann" not in ann


def test_a_name_is_not_mistaken_for_an_address() -> None:
    assert person_of(request(username="203.0.113.5")) != person_of(request("203.0.113.5"))


def test_what_a_client_says_of_itself_is_not_believed() -> None:
    assert person_of(request(x_forwarded_for="198.51.100.7")) == person_of(request())
    assert person_of(request(**{PERSON_HEADER: "somebody.else"})) == person_of(request())
    assert person_of(request(**{PERSON_HEADER: "é"})) == person_of(request())


@pytest.mark.parametrize(
    ("proxies", "chain", "client"),
    [
        ("true", "8.8.8.8", "8.8.8.8"),
        ("1", "1.1.1.1, 8.8.8.8", "8.8.8.8"),  # the first was made up by the client
        ("1", "8.8.8.8, 192.168.1.7", "192.168.1.7"),  # of a client in the server's own network, too
        ("2", "1.1.1.1, 8.8.8.8, 10.0.3.4", "8.8.8.8"),
        ("1", "8.8.8.8:51234", "8.8.8.8"),
        ("1", "[2001:db8:1:2::1]:443", "2001:db8:1:2::9"),
        ("2", "8.8.8.8", "203.0.113.5"),  # there are fewer than was said
        ("1", "8.8.8.8, nonsense", "203.0.113.5"),
        ("1", "", "203.0.113.5"),
        ("false", "8.8.8.8", "203.0.113.5"),
    ],
)
def test_of_so_many_proxies_the_outermost_says_who_asks(
    proxies: str, chain: str, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RRM_TRUST_PROXY", proxies)
    get_settings.cache_clear()
    asks = person_of(request(x_forwarded_for=chain))
    monkeypatch.delenv("RRM_TRUST_PROXY")
    get_settings.cache_clear()
    assert asks == person_of(request(client))


def test_a_proxy_may_add_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [(b"x-forwarded-for", b"1.1.1.1, 8.8.8.8"), (b"X-Forwarded-For", b"10.0.3.4")]
    heard = SimpleNamespace(client=SimpleNamespace(host="10.0.0.1", port=1), username=None, headers=Headers(raw=lines))
    monkeypatch.setenv("RRM_TRUST_PROXY", "2")
    get_settings.cache_clear()
    asks = person_of(heard)
    monkeypatch.delenv("RRM_TRUST_PROXY")
    get_settings.cache_clear()
    assert asks == person_of(request("8.8.8.8"))


@pytest.mark.parametrize("wrong", ["-1", "some"])
def test_a_number_of_proxies_that_is_none_is_named(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRM_TRUST_PROXY", wrong)
    get_settings.cache_clear()
    with pytest.raises(BadInput, match=f"RRM_TRUST_PROXY is '{wrong}'"):
        get_settings()


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("1.1.1.1, 8.8.8.8", "8.8.8.8"),  # the first was made up by the client
        ("8.8.8.8, 10.0.3.4", "8.8.8.8"),  # the second is the proxies' own network
        ("192.168.1.7", "192.168.1.7"),
        ("nonsense, 8.8.8.8", "8.8.8.8"),
        ("", "203.0.113.5"),
        ("nonsense", "203.0.113.5"),
    ],
)
def test_on_a_space_the_last_public_address_counts(chain: str, client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "somebody/judge")
    asks = person_of(request(x_forwarded_for=chain))
    monkeypatch.delenv("SPACE_ID")
    assert asks == person_of(request(client))


def test_all_addresses_of_one_ipv6_network_are_one_person() -> None:
    assert person_of(request("2001:db8:1:2::1")) == person_of(request("2001:db8:1:2:ffff::9"))
    assert person_of(request("2001:db8:1:2::1")) != person_of(request("2001:db8:1:3::1"))
    assert person_of(request("::ffff:203.0.113.5")) == person_of(request("203.0.113.5"))


def test_a_person_that_this_process_named_is_believed() -> None:
    ann = person_of(request(username="ann"))
    assert person_of(request("127.0.0.1", **{PERSON_HEADER: sign(ann)})) == ann
    assert person_of(request("127.0.0.1", **{PERSON_HEADER: f"{ann}.0000"})) == person_of(request("127.0.0.1"))


def test_a_call_without_a_request_is_somebody() -> None:
    assert person_of(None)
    assert person_of(SimpleNamespace(session_hash="one")) == person_of(None)
