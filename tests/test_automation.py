"""The files that other services read: what they name exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mnist_report.run import ROOT

HOOKS = ROOT / ".pre-commit-config.yaml"
CHECK = ROOT / ".ci" / "run"
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"


def jobs():
    return yaml.safe_load(WORKFLOW.read_text())["jobs"]


def commands(job):
    return [step["run"] for step in job["steps"] if "run" in step]


def paths(job):
    lists = [step["with"]["path"] for step in job["steps"] if uploads(step)]
    return [Path(path) for each in lists for path in each.split()]


def uploads(step):
    return step.get("uses", "").startswith("actions/upload-artifact@")


def hooks():
    [local] = yaml.safe_load(HOOKS.read_text())["repos"]
    return {hook["id"]: hook for hook in local["hooks"]}


@pytest.mark.parametrize("name", hooks())
def test_hooks_use_the_versions_of_make(name):
    pinned = (ROOT / "requirements.txt").read_text().split()
    [tool] = hooks()[name]["additional_dependencies"]
    assert tool in pinned


@pytest.mark.parametrize("name", hooks())
def test_hooks_find_nothing_here(name):
    kinds = hooks()[name].get("types_or", [])
    tracked = ["*.py", "*.ipynb"] if "python" in kinds else ["."]
    listed = ["git", "-C", ROOT, "ls-files", "-z", "--", *tracked]
    paths = subprocess.run(listed, capture_output=True, text=True, check=True)
    left_out = re.compile(hooks()[name].get("exclude", "$^"))
    kept = [x for x in paths.stdout.split("\0")[:-1] if not left_out.search(x)]
    tool = [sys.executable, "-m", *hooks()[name]["entry"].split()]
    tool[2] = tool[2].replace("codespell", "codespell_lib")
    if name == "ruff-format":
        tool += ["--check"]
    done = subprocess.run([*tool, *kept], cwd=ROOT, capture_output=True)
    assert kept
    assert done.returncode == 0, done.stdout.decode()


def test_every_change_is_checked_as_here():
    assert ".ci/run" in commands(jobs()["check"])
    assert {path.name for path in paths(jobs()["check"])} == {
        "report.pdf",
        "report.html",
    }
    # the check leaves whole reports in these folders
    made = re.findall(r"^whole ([\w.-]+)$", CHECK.read_text(), re.M)
    [folder] = {path.parent for path in paths(jobs()["check"])}
    assert folder in {Path("build", name) for name in made}


def test_full_report_is_made_by_hand_on_mnist():
    job = jobs()["full-report"]
    assert job["if"] == "github.event_name == 'workflow_dispatch'"
    assert commands(job) == ['make report ARGS="-p dataset mnist"']
    names = {path.name for path in paths(job)}
    assert {"report.pdf", "report.html"} <= names
    assert {str(path.parent) for path in paths(job)} == {"build/dataset-mnist"}
