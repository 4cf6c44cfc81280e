"""Configuration: what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.config import Config, Listen, parse_listen, parse_mutual, shipped
from sentinel.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("9000", "http://127.0.0.1:9000/"),
        ("[::1]:80", "http://[::1]:80/"),
        ("localhost:1", "http://localhost:1/"),
    ],
)
def test_addresses_to_listen_on(text: str, url: str) -> None:
    assert parse_listen(text).url == url


@pytest.mark.parametrize("text", ["", "here", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:x"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="HOST:PORT"):
        parse_listen(text)


def test_beyond_this_host_needs_tls() -> None:
    with pytest.raises(ConfigError, match="needs --tls-certificate"):
        parse_listen("0.0.0.0:8080")
    with pytest.raises(ConfigError, match="together"):
        Listen(certificate=Path("a.pem"))
    with pytest.raises(ConfigError, match="no certificate and key"):
        parse_listen("0.0.0.0:8443", Path("README.md"), Path("README.md"))


def test_collectors_have_an_address_of_their_own_with_sm_suites() -> None:
    """All that it needs, or nothing of it."""
    pem = Path("plant.pem")
    mutual = parse_mutual("sm", "[::1]:8443", pem, pem)
    assert mutual is not None
    assert mutual.url == "https://[::1]:8443/"
    assert parse_mutual("classic", None, None, None) is None
    with pytest.raises(ConfigError, match="go with --tls-suites sm"):
        parse_mutual("classic", "[::1]:8443", pem, pem)
    with pytest.raises(ConfigError, match="needs --collector-listen"):
        parse_mutual("sm", "[::1]:8443", pem, None)


def test_what_is_shipped_is_there() -> None:
    assert list(shipped("rules").rglob("*.yml"))
    assert (shipped("deploy/examples") / "site-demo" / "site.yaml").is_file()


def test_a_time_zone_has_to_be_one() -> None:
    with pytest.raises(ConfigError, match="time zone"):
        Config(Path("x"), Path("rules"), time_zone="Mars/Olympus")


@pytest.mark.parametrize("hidden", ["u:pw@h/n", "h/n?password=pw", "h/n?sslmode=require&sslpassword=pw"])
def test_no_password_is_taken_in_the_name_of_the_control_database(tmp_path: Path, hidden: str) -> None:
    """Neither in front of the host nor in the query part, from where it would be kept in clear."""
    with pytest.raises(ConfigError, match="no password belongs"):
        Config(tmp_path, tmp_path, control=f"postgresql://{hidden}")
