"""What deploy/ hands out fits this program: commands, options, addresses, and a hardened unit."""

import configparser
import re
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner
from tests.conftest import AMPARO, Served
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from amparo.cli.main import main
from amparo.storage.node import open_node

DEPLOY = Path(__file__).parent.parent / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelTunables": "yes",
    "RestrictNamespaces": "yes",
    "LockPersonality": "yes",
    "CapabilityBoundingSet": "",
    "SystemCallArchitectures": "native",
    "UMask": "0077",
}


def unit(path):
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str
    read.read(path)
    return read


def composed():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]


def commands():
    for path in UNITS:
        yield path.name, unit(path)["Service"]["ExecStart"].split()[1:]
    text = (DEPLOY / "Containerfile").read_text()
    yield "Containerfile", re.findall(r'"([^"]+)"', text[text.rindex("CMD [") :])
    yield "compose.yaml", [word.partition("=")[0] for word in composed()["node"]["command"]]


@pytest.mark.parametrize(("where", "words"), list(commands()), ids=lambda one: str(one)[:40])
def test_a_command_line_that_is_handed_out_is_one_that_the_program_takes(where, words):
    options = [word for word in words if word.startswith("--")]
    name = [
        word for word in words if not word.startswith(("--", "/")) and not re.search(r"[\d.]", word)
    ]
    words_of_it = 2 if name[0] in ("witness", "observe") else 1
    told = CliRunner().invoke(main, [*name[:words_of_it], "--help"]).output
    for option in options:
        assert f"{option} " in told, (where, option)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_gives_its_process_as_little_as_it_needs(path):
    service = unit(path)["Service"]
    for name, value in HARDENED.items():
        assert service.get(name) == value, name
    assert service["User"] not in ("root", "")
    assert service["MemoryMax"]
    assert int(service["TasksMax"]) <= 256


def test_a_container_gets_no_capability_it_does_not_need_and_no_memory_without_end():
    """Each of them: what is not bounded takes its neighbours down."""
    for service in composed().values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["mem_limit"]
        assert service["pids_limit"]
    assert "cap_add" not in composed()["node"]
    for made in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()):
        if made["kind"] == "Deployment":
            pod = made["spec"]["template"]["spec"]
            for container in [*pod["initContainers"], *pod["containers"]]:
                assert container["resources"]["limits"]["memory"]
                assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_the_unit_names_the_proxy_that_is_believed():
    """Nobody is, by itself: else the limits of one network are anybody's to choose."""
    assert unit(DEPLOY / "amparo.service")["Service"]["Environment"] == (
        "FORWARDED_ALLOW_IPS=127.0.0.1"
    )


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_itself_finds_nothing_wrong_and_little_exposed(path, tmp_path):
    for one in DEPLOY.glob("amparo*"):
        text = one.read_text().replace("/opt/amparo/.venv/bin/amparo", sys.executable)
        (tmp_path / one.name).write_text(text.replace("postgresql.service", ""))
    verified = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / path.name],
        capture_output=True,
        text=True,
        check=False,
    )
    own = [line for line in verified.stderr.splitlines() if "amparo" in line]
    assert own == []
    exposed = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", tmp_path / path.name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert exposed.returncode == 0, exposed.stdout


def test_the_example_for_kubernetes_is_what_its_interface_takes():
    """Against the published schemas of a version, strictly: a misspelt field is refused."""
    made = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))
    for one in made:
        kubernetes_validate.validate(one, "1.33", strict=True)

    made[0]["spec"]["replica"] = 3
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(made[0], "1.33", strict=True)


def test_the_example_for_kubernetes_asks_for_addresses_that_there_are(served):
    made = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))
    deployment = next(one for one in made if one["kind"] == "Deployment")
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        path = container[probe]["httpGet"]["path"]
        assert served.http.get(path).status_code == 200, path
    strict = container["securityContext"]
    assert strict["readOnlyRootFilesystem"]
    assert strict["capabilities"] == {"drop": ["ALL"]}
    service = next(one for one in made if one["kind"] == "Service")
    assert service["spec"]["selector"] == deployment["spec"]["template"]["metadata"]["labels"]
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    text = (DEPLOY / "Containerfile").read_text()
    assert f'"{ports["http"]}"' in text
    assert f':{ports["metrics"]}"' in text


def test_the_compose_file_keeps_no_password():
    for service in composed().values():
        for name, value in (service.get("environment") or {}).items():
            if "PASSWORD" in name:
                assert str(value).startswith("${")
    assert composed()["node"]["read_only"]


def test_commands_inside_the_container_are_about_its_node():
    text = (DEPLOY / "Containerfile").read_text()
    [folder] = re.findall(r"^VOLUME (\S+)$", text, re.MULTILINE)

    assert f" AMPARO_DATA={folder}\n" in text
    assert f'"--data", "{folder}"' in text
    assert "ENV PATH=/opt/amparo/bin:$PATH " in text


@pytest.mark.parametrize(
    ("comes_from", "believed"),
    [("127.0.0.1", True), ("172.18.0.1", True), ("192.168.16.1", True), ("203.0.113.9", False)],
)
def test_the_composed_node_believes_a_proxy_at_its_gateway_and_no_stranger(comes_from, believed):
    """Else every visitor is one, and the link that a person gets is not of https."""
    seen = []

    async def app(scope, receive, send):
        seen.append((scope["scheme"], scope["client"][0]))

    trusted = composed()["node"]["environment"]["FORWARDED_ALLOW_IPS"]
    headers = [(b"x-forwarded-proto", b"https"), (b"x-forwarded-for", b"198.51.100.7")]
    scope = {"type": "http", "scheme": "http", "client": (comes_from, 4711), "headers": headers}
    with pytest.raises(StopIteration):  # it waits for nothing, so it needs no loop
        ProxyHeadersMiddleware(app, trusted_hosts=trusted)(scope, None, None).send(None)

    assert seen == [("https", "198.51.100.7") if believed else ("http", comes_from)]


def test_the_composed_node_keeps_its_journal_in_the_composed_database(postgres, tmp_path):
    """Once it kept it in its own folder, and PostgreSQL ran beside it for nothing."""
    words = dict(word[2:].split("=") for word in composed()["node"]["command"][1:])
    database = composed()["database"]["environment"]
    assert words["journal"] == (
        f"postgresql://{database['POSTGRES_USER']}@database/{database['POSTGRES_DB']}"
    )
    place = postgres.place()

    Served(tmp_path, "--journal", place).stop()

    assert open_node(tmp_path).journal == place
    assert not (tmp_path / "journal.db").exists()
    Served(tmp_path, "--journal", place).stop()  # the same command starts it again
    told = refused("--data", tmp_path, "--journal", "postgresql://amparo@other/amparo")
    assert "amparo move" in told


def refused(*words):
    done = subprocess.run(
        [*AMPARO, "serve", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("option", "place"),
    [
        ("--journal", "mysql://db/amparo"),
        ("--store", "/srv/files"),
        ("--journal", 'postgresql://"'),
    ],
)
def test_a_place_that_none_can_be_is_refused_before_anything_is_made(option, place, tmp_path):
    told = refused("--data", tmp_path / "new", option, place)

    assert "cannot be used" in told
    assert not (tmp_path / "new").exists()
