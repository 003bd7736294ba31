"""The files that other services read: what they name exists."""

import re
from pathlib import Path

import yaml

from mnist_report.run import ROOT

HOOKS = ROOT / ".pre-commit-config.yaml"
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


def test_hooks_format_as_make_does():
    pinned = re.search(
        r"^ruff==(\S+)", (ROOT / "requirements.txt").read_text(), re.M
    )
    ruff, _ = yaml.safe_load(HOOKS.read_text())["repos"]
    assert ruff["rev"] == f"v{pinned[1]}"


def test_every_change_is_checked_as_here():
    assert ".ci/run" in commands(jobs()["check"])
    assert {path.name for path in paths(jobs()["check"])} == {
        "report.pdf",
        "report.html",
    }
    # the check makes the report in this folder
    assert "whole report\n" in (ROOT / ".ci" / "run").read_text()
    assert {str(path.parent) for path in paths(jobs()["check"])} == {
        "build/report"
    }


def test_full_report_is_made_by_hand_on_mnist():
    job = jobs()["full-report"]
    assert job["if"] == "github.event_name == 'workflow_dispatch'"
    assert commands(job) == ['make report ARGS="-p dataset mnist"']
    names = {path.name for path in paths(job)}
    assert {"report.pdf", "report.html"} <= names
    assert {str(path.parent) for path in paths(job)} == {"build/dataset-mnist"}
