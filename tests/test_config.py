"""The configuration: read once from the environment, and refused where it cannot be run with."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from flask import Flask, request

from pakta import config as configuration
from pakta.config import ConfigError
from pakta.core import cosignature
from pakta.factory import create_app
from pakta.keyring import Keyring
from pakta.web import access
from tests import make
from tests.timestamping.authority import Authority

MAIL = {"PAKTA_SMTP_HOST": "surat.example", "PAKTA_SMTP_FROM": "Pakta <a@b.example>"}


def test_without_an_environment_it_is_the_demonstration_on_this_machine(tmp_path: Path) -> None:
    found = configuration.from_environment({"PAKTA_INSTANCE": str(tmp_path)})
    assert found.origin == "http://localhost:5000"
    assert (found.host, found.relying_party, found.secure) == ("localhost:5000", "localhost", False)
    assert found.database_url.startswith("sqlite:///")
    assert found.keys_dir == configuration.ROOT / "keys" / "private"
    assert (found.demo, found.log_copy, found.proxies) == (False, None, 0)


def test_another_port_is_another_address(tmp_path: Path) -> None:
    assert configuration.from_environment({"PAKTA_INSTANCE": str(tmp_path), "PORT": "5066"}).host == "localhost:5066"


def test_commands_speak_of_the_origin_that_was_last_served(tmp_path: Path) -> None:
    here = {"PAKTA_INSTANCE": str(tmp_path)}
    configuration.keep_origin(configuration.from_environment({**here, "PAKTA_ORIGIN": "http://localhost:5077"}))
    assert configuration.from_environment(here).origin == "http://localhost:5077"
    named = configuration.from_environment({**here, "PAKTA_ORIGIN": "https://pakta.contoh.go.id"})
    assert named.origin == "https://pakta.contoh.go.id"


def test_a_city_is_served_by_https_under_its_name() -> None:
    found = configuration.from_environment(
        {
            "PAKTA_ORIGIN": "https://Pakta.Kota.example/",
            "DATABASE_URL": "postgresql://pakta@/pakta?host=/run/postgresql",
            "PAKTA_LOG_COPY": "/mnt/salinan",
            "PAKTA_PROXIES": "1",
        }
    )
    assert (found.origin, found.host, found.secure) == ("https://pakta.kota.example", "pakta.kota.example", True)
    assert found.database_url.startswith("postgresql+psycopg://")
    assert found.log_copy == Path("/mnt/salinan")
    assert found.proxies == 1


def test_a_mail_server_is_known_by_its_host_and_its_secret_is_in_a_file(tmp_path: Path) -> None:
    assert configuration.from_environment({"PAKTA_SMTP_FROM": "a@b.example"}).mail is None
    (tmp_path / "smtp").write_text("rahasia\n")
    signing_in = {"PAKTA_SMTP_USER": "pakta", "PAKTA_SMTP_PASSWORD_FILE": str(tmp_path / "smtp")}
    found = configuration.from_environment({**MAIL, **signing_in}).mail
    assert found is not None
    assert (found.host, found.port, found.tls, found.address) == ("surat.example", 587, "starttls", "a@b.example")
    assert (found.user, found.password) == ("pakta", "rahasia") and "rahasia" not in repr(found)
    local = configuration.from_environment({**MAIL, "PAKTA_SMTP_HOST": "localhost", "PAKTA_SMTP_TLS": "off"}).mail
    assert local is not None and local.tls == "off"


@pytest.mark.parametrize(
    "wrong",
    [
        {"PAKTA_ORIGIN": "http://pakta.kota.example"},
        {"PAKTA_ORIGIN": "https://pakta.kota.example/pakta"},
        {"PAKTA_ORIGIN": "pakta.kota.example"},
        {"PAKTA_ORIGIN": "ftp://localhost"},
        {"DATABASE_URL": "mysql://localhost/pakta"},
        {"PAKTA_PROXIES": "-1"},
        {"PAKTA_PROXIES": "many"},
        {"PAKTA_OFFLINE": "false"},
        {"PAKTA_SMTP_PORT": "0", **MAIL},
        {"PAKTA_SMTP_TLS": "ssl", **MAIL},
        {"PAKTA_SMTP_TLS": "off", **MAIL},
        {"PAKTA_SMTP_FROM": "", "PAKTA_SMTP_HOST": "surat.example"},
        {"PAKTA_SMTP_FROM": "a@b.example\nBcc: c@d.example", "PAKTA_SMTP_HOST": "surat.example"},
        {"PAKTA_SMTP_USER": "pakta", **MAIL},
        {"PAKTA_SMTP_PASSWORD_FILE": "/none", **MAIL},
    ],
)
def test_what_cannot_be_run_with_is_refused_and_named(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        configuration.from_environment(wrong)


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_a_visitors_address_is_believed_only_from_our_own_proxies(
    app: Flask, keys: Keyring, proxies: int, seen: str
) -> None:
    config = dataclasses.replace(app.extensions["pakta"].config, proxies=proxies)
    behind = create_app(config, keys=keys)
    behind.view_functions["web.meaning"] = access.open_to_all(lambda: request.remote_addr or "")
    answer = behind.test_client().get("/arti", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert answer.text == seen


def test_the_file_of_the_database_is_for_the_server_alone(tmp_path: Path, keys: Keyring, keys_dir: Path) -> None:
    path = tmp_path / "instance" / "pakta.sqlite"
    create_app(make.config(f"sqlite:///{path}", keys_dir), keys=keys)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_policy_of_witnesses_is_read_from_its_file(tmp_path: Path) -> None:
    key = cosignature.vkey(name="saksi.contoh.go.id", public_key=bytes(range(32)))
    path = tmp_path / "saksi.txt"
    path.write_text(f"witness bawaslu {key} https://saksi.contoh.go.id\nquorum bawaslu\n")
    found = configuration.from_environment({"PAKTA_WITNESSES": str(path)}).policy
    assert found is not None and found.quorum == "bawaslu"
    path.write_text("quorum none\n")
    assert configuration.from_environment({"PAKTA_WITNESSES": str(path)}).policy is None
    assert configuration.from_environment({}).policy is None


def test_a_policy_that_is_none_stops_the_start_by_name(tmp_path: Path) -> None:
    path = tmp_path / "saksi.txt"
    with pytest.raises(ConfigError, match="PAKTA_WITNESSES cannot be read"):
        configuration.from_environment({"PAKTA_WITNESSES": str(path)})
    path.write_text("# saksi\nquorum siapa\n")
    with pytest.raises(ConfigError, match="line 2"):
        configuration.from_environment({"PAKTA_WITNESSES": str(path)})


def test_an_authority_is_named_with_its_roots(tmp_path: Path) -> None:
    running = Authority(tmp_path)
    env = {"PAKTA_TSA": "https://tsa.example/tsr", "PAKTA_TSA_ROOTS": str(running.roots)}
    found = configuration.from_environment(env)
    assert found.timestamps is not None
    assert (found.timestamps.host, found.timestamps.archive) == ("tsa.example", False)
    assert found.authorities == (running.root,)
    for level, archive in (("b-t", False), ("b-lta", True)):
        named = configuration.from_environment({**env, "PAKTA_SEAL_LEVEL": level}).timestamps
        assert named is not None
        assert named.archive is archive
    judging = configuration.from_environment({"PAKTA_TSA_ROOTS": str(running.roots)}).timestamps
    assert judging is not None
    assert judging.url == ""
    assert configuration.from_environment({}).authorities == ()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"PAKTA_TSA": "https://tsa.example"}, "PAKTA_TSA_ROOTS"),
        ({"PAKTA_TSA": "https://tsa.example", "PAKTA_TSA_ROOTS": "/nowhere.pem"}, "PAKTA_TSA_ROOTS tidak dapat"),
        ({"PAKTA_TSA": "https://tsa.example", "PAKTA_TSA_ROOTS": __file__}, "PAKTA_TSA_ROOTS bukan"),
        ({"PAKTA_TSA": "ftp://tsa.example", "PAKTA_TSA_ROOTS": "ROOTS"}, "PAKTA_TSA harus"),
        ({"PAKTA_TSA": "https://user@tsa.example", "PAKTA_TSA_ROOTS": "ROOTS"}, "PAKTA_TSA harus"),
        ({"PAKTA_TSA": "https://tsa.example/a b", "PAKTA_TSA_ROOTS": "ROOTS"}, "PAKTA_TSA harus"),
        ({"PAKTA_TSA": "https://tsa.example:x", "PAKTA_TSA_ROOTS": "ROOTS"}, "PAKTA_TSA harus"),
        ({"PAKTA_SEAL_LEVEL": "b-t"}, "PAKTA_SEAL_LEVEL"),
        ({"PAKTA_SEAL_LEVEL": "b-lt", "PAKTA_TSA": "https://tsa.example", "PAKTA_TSA_ROOTS": "ROOTS"}, "_LEVEL"),
    ],
)
def test_timestamps_that_cannot_be_had_are_refused_in_plain_words(
    wrong: dict[str, str], named: str, tmp_path: Path
) -> None:
    roots = str(Authority(tmp_path).roots)
    env = {name: roots if value == "ROOTS" else value for name, value in wrong.items()}
    with pytest.raises(ConfigError, match=named):
        configuration.from_environment(env)
