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

from amparo.cli.main import main

DEPLOY = Path(__file__).parent.parent / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
HARDENED = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes",
    "PrivateTmp": "yes", "PrivateDevices": "yes", "ProtectKernelTunables": "yes",
    "RestrictNamespaces": "yes", "LockPersonality": "yes", "CapabilityBoundingSet": "",
    "SystemCallArchitectures": "native", "UMask": "0077",
}  # fmt: skip


def unit(path):
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str
    read.read(path)
    return read


def commands():
    for path in UNITS:
        yield path.name, unit(path)["Service"]["ExecStart"].split()[1:]
    text = (DEPLOY / "Containerfile").read_text()
    yield "Containerfile", re.findall(r'"([^"]+)"', text[text.rindex("CMD [") :])


@pytest.mark.parametrize(("where", "words"), list(commands()), ids=lambda one: str(one)[:40])
def test_a_command_line_that_is_handed_out_is_one_that_the_program_takes(where, words):
    options = [word for word in words if word.startswith("--")]
    name = [
        word for word in words if not word.startswith(("--", "/")) and not re.search(r"[\d.]", word)
    ]
    told = CliRunner().invoke(main, [*name[: 2 if name[0] == "witness" else 1], "--help"]).output
    for option in options:
        assert f"{option} " in told, (where, option)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_gives_its_process_as_little_as_it_needs(path):
    service = unit(path)["Service"]
    for name, value in HARDENED.items():
        assert service.get(name) == value, name
    assert service["User"] not in ("root", "")


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
        capture_output=True, text=True, check=False,
    )  # fmt: skip
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
    read = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    for service in read["services"].values():
        for name, value in (service.get("environment") or {}).items():
            if "PASSWORD" in name:
                assert str(value).startswith("${")
    assert read["services"]["node"]["read_only"]
