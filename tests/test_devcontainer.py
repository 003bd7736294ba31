"""The devcontainers: their form, and what the reference tool reads.

With npm, `npm install --global @devcontainers/cli` brings the tool.
"""

import json
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path

import jsonschema
import pytest

from mnist_report.datasets.paths import ENVIRONMENT

ROOT = Path(__file__).parents[1]
GPU = ROOT / ".devcontainer" / "devcontainer.json"
CPU = ROOT / ".devcontainer" / "cpu" / "devcontainer.json"
TOOL = shutil.which("devcontainer")
SPECIFICATION = (
    "https://raw.githubusercontent.com/devcontainers/spec/main/schemas/"
    "devContainer.base.schema.json"
)
DRIVERS = {"12": "525", "13": "580"}  # by the CUDA that torch brings

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT}
# what the devcontainer specification says of the keys in use
FORM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "image", "remoteUser", "postCreateCommand"],
    "properties": {
        "name": TEXT,
        "image": TEXT,
        "runArgs": TEXTS,
        "remoteUser": {"not": {"const": "root"}, **TEXT},
        "mounts": TEXTS,
        "containerEnv": {"type": "object", "additionalProperties": TEXT},
        "postCreateCommand": TEXT,
        "forwardPorts": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0, "maximum": 65535},
        },
        "portsAttributes": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"label": TEXT},
            },
        },
        "customizations": {
            "type": "object",
            "additionalProperties": {"type": "object"},
        },
    },
}


def read(path):
    lines = path.read_text().splitlines()
    return json.loads("\n".join(x for x in lines if not COMMENT.match(x)))


COMMENT = re.compile(r"\s*//")


@pytest.mark.parametrize("path", [GPU, CPU], ids=["gpu", "cpu"])
def test_form(path):
    jsonschema.validate(read(path), FORM)


@pytest.mark.parametrize(
    "change",
    [
        {"forwardPorts": [70000]},
        {"runArgs": "--gpus all"},
        {"remoteUser": "root"},
        {"containerEnv": {"NAME": 1}},
        {"postCreatCommand": "make setup"},
    ],
)
def test_other_forms_are_refused(change):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(read(GPU) | change, FORM)


def test_they_differ_in_the_gpu_alone():
    gpu, cpu = read(GPU), read(CPU)
    assert gpu.pop("runArgs") == ["--gpus", "all"]
    assert gpu.pop("name") != cpu.pop("name")
    assert gpu == cpu


def test_data_lie_in_a_volume_that_the_user_may_write():
    given = read(GPU)
    [mount] = given["mounts"]
    options = dict(each.split("=") for each in mount.split(","))
    assert options["type"] == "volume"
    assert options["target"] == given["containerEnv"][ENVIRONMENT]
    # an image's own folder hands its owner on to a new volume
    assert options["target"] == f"/home/{given['remoteUser']}/work"


def test_commands_are_targets_of_make():
    word, target = read(GPU)["postCreateCommand"].split()
    assert word == "make"
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M)


def test_driver_is_the_locked_torchs():
    lock = (ROOT / ".requirements.lock").read_text()
    [cuda] = re.findall(r"^cuda-toolkit==(\d+)", lock, re.M)
    said = re.search(
        r"CUDA (\d+): the host's driver must be (\d+)", GPU.read_text()
    )
    assert said.groups() == (cuda, DRIVERS[cuda])


@pytest.fixture(scope="module")
def specification():
    """Return the schema that the specification publishes."""
    try:
        with urllib.request.urlopen(SPECIFICATION, timeout=5) as answer:
            return json.load(answer)
    except OSError as error:
        pytest.skip(f"the devcontainer schema cannot be had: {error}")


@pytest.mark.parametrize("path", [GPU, CPU], ids=["gpu", "cpu"])
def test_published_schema_admits_it(path, specification):
    validator = jsonschema.validators.validator_for(specification)
    validator(specification).validate(read(path))


@pytest.mark.skipif(not TOOL, reason="no devcontainer tool (npm) here")
@pytest.mark.parametrize("path", [GPU, CPU], ids=["gpu", "cpu"])
def test_reference_tool_reads_it(path):
    found = subprocess.run(
        [
            *(TOOL, "read-configuration", "--config", path),
            *("--workspace-folder", ROOT),
            *("--docker-path", "true"),  # nothing is started
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert found.returncode == 0, found.stderr
    configuration = json.loads(found.stdout)["configuration"]
    theirs = {key: configuration[key] for key in ("image", "remoteUser")}
    ours = read(path)
    assert theirs == {key: ours[key] for key in theirs}
    assert configuration.get("runArgs") == ours.get("runArgs")
