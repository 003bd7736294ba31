"""Judgements are findings: with evidence, tested, and nowhere else typed."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from notebook_cells import NOTEBOOK

from mnist_report import findings as of_reports
from mnist_report.rendering import content, numbers
from mnist_report.sweep import findings as of_sweeps
from mnist_report.sweep.comparing import Difference

HERE = Path(__file__).parent
COMPARISON = NOTEBOOK.with_name("comparison.ipynb")
TESTS = [
    *("test_findings.py", "test_method_findings.py", "test_served.py"),
    "test_discussion.py",
    *("test_comparing.py", "test_judgements.py::test_a_difference_is_told"),
]
# evidence that is no number: what was there, or was not
NAMED = ("counter", "labels", "no digit")


def asked(module):
    """Return the names of a module's functions that answer a question."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    return [
        f"{module.__name__}.{node.name}"
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and isinstance(node.returns, ast.Name)
        and node.returns.id == "Finding"
        and node.name != "find"
        and not node.name.startswith("_")
    ]


FUNCTIONS = asked(of_reports) + asked(of_sweeps)


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Return what the findings' tests drive each finding to."""
    noted = tmp_path_factory.mktemp("verdicts") / "seen.json"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:nbval"]
    command += ["-p", "no:cacheprovider", "-p", "verdicts", *TESTS]
    path = os.pathsep.join([str(HERE), str(NOTEBOOK.parent)])
    done = subprocess.run(
        command,
        cwd=HERE,
        env={**os.environ, "PYTHONPATH": path, "VERDICTS": str(noted)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    return json.loads(noted.read_text())


def test_a_difference_is_told():
    def of(adjusted):
        return Difference(
            "a", 3, 0.1, (0.09, 0.11), 0.01, 0.01, 0.01, adjusted
        )

    finding = of_sweeps.some_differ([of(0.02), of(0.9)], "it")
    assert finding.verdict == "yes"
    assert "Of 2 configurations, 1 can be told apart" in finding.sentence


def test_every_finding_is_found():
    assert len(FUNCTIONS) > 35


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_sentence_of_a_finding_is_tested(seen, name):
    picked = {verdict for verdict, _ in seen[name]["evidence"]}
    assert set(seen[name]["sentences"]) - picked == set()
    assert len(picked) > 1


@pytest.mark.parametrize("name", FUNCTIONS)
def test_finding_names_its_evidence(seen, name):
    for verdict, evidence in seen[name]["evidence"]:
        assert evidence.strip(), verdict
        if verdict != "not measured":
            told = re.search(r"\d", evidence)
            assert told or any(word in evidence for word in NAMED), evidence


@pytest.mark.parametrize("path", [NOTEBOOK, HERE / "short.ipynb"], ids=str)
def test_findings_of_the_committed_runs_name_their_evidence(path):
    concluded = content.results(nbformat.read(path, as_version=4))["findings"]
    assert len(concluded) > 25
    for name, finding in concluded.items():
        assert finding["evidence"].strip(), name
        assert finding["question"].endswith("?"), name
        assert finding["sentence"].endswith("."), name


# Static prose does not judge

# words by which a text praises itself or hides that it does not know
PRAISE = re.compile(
    r"\b(?:amazing\w*|clearly|compelling\w*|considerabl[ey]|convincing\w*"
    r"|decent|doubtless|dramatic\w*|drastic\w*|effortless\w*|eleganc?t?\w*"
    r"|excellent\w*|exceptional\w*|fantastic|flawless\w*|great(?:ly)?"
    r"|high(?:ly)? (?:accura\w*|competitive|effective|efficient|reliable"
    r"|quality|performan\w*)|human-level|impressive\w*|indisputabl[ey]"
    r"|(?:low|small|tiny) errors?|negligibl[ey]|obvious\w*|outstanding\w*"
    r"|perfect(?:ly)?|promising|remarkabl[ey]|satisf(?:ying|actory|actorily)"
    r"|splendid\w*|state[- ]of[- ]the[- ]art|striking\w*|strong(?:ly)? "
    r"(?:performan\w*|results?|generalis\w*)|successful\w*|superb\w*"
    r"|superior\w*|surprisingly|undoubtedly|unsurprisingly|very"
    r"|(?:works?|performs?|generalises?|does|did|worked|performed) (?:very "
    r")?well|as expected|well-performing)\b",
    re.IGNORECASE,
)
# verdicts on what was compared, which only a cited work or a run may give
VERDICT = re.compile(
    r"\b(?:robust(?:ly|ness)?|reliabl[ey]|reliability|accurately"
    r"|(?:more|most|less|least) (?:accurate|robust|reliable)|outperform\w*"
    r"|significant(?:ly)?|substantial(?:ly)?|markedly|notabl[ey]|surpass\w*"
    r"|beats?|wins?|exceeds?|(?:better|worse) than(?! (?:they|it) )"
    r"|best of (?:all|the)"
    r"|errs? (?:less|more)|improv(?:es?|ed|ement\w*) (?:the|on|over|upon))\b",
    re.IGNORECASE,
)
TYPED = [
    pytest.param(cell, id=f"{path.stem}-{cell.id}")
    for path in (NOTEBOOK, COMPARISON)
    for cell in nbformat.read(path, as_version=4).cells
    if cell.cell_type == "markdown"
]


def judged(text):
    """Return each typed judgement of a text with its sentence."""
    prose, found = numbers.stripped(text), []
    for start, end in numbers.sentences(text):
        sentence = prose[start:end]
        words = PRAISE.findall(sentence)
        if numbers.CITED not in sentence:
            words += VERDICT.findall(sentence)
        found += [(word, " ".join(text[start:end].split())) for word in words]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "The network reaches a high accuracy.",
        "It is robust to noise.",
        "It clearly errs less than the SVM.",
        "Results are excellent, even on [MNIST](#val-data-title).",
        "It significantly outperforms its rivals.",
        "It generalises well.",
        "It surpasses the SVM [@lecun1998gradient], and impressively so.",
        "The ensemble is better than the network.",
    ],
)
def test_a_typed_judgement_is_found(text):
    assert judged(text)


@pytest.mark.parametrize(
    "text",
    [
        "[It errs less than the SVM.](#find-network-best)",
        "[Over all distortions it errs least.](#find-most-robust)",
        "LeNet-5 outperforms its rivals [@lecun1998gradient].",
        "Whether one is better is decided by a test.",
        "The method is set in `robust_mode`.",
    ],
)
def test_what_is_no_typed_judgement_passes(text):
    assert not judged(text)


@pytest.mark.parametrize("cell", TYPED)
def test_prose_leaves_judgements_to_findings(cell):
    assert judged(cell.source) == []
