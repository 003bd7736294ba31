"""A report stays true when training goes wrong, whatever the parameters."""

import pytest
from mutated import QUICK, faults, report

TRAINED = QUICK["max_train_examples"]
MUTATIONS = {
    "no epoch": {"num_epochs": 0},
    "learning rate 10": {"learning_rate": 10.0},
    "diverging": {"learning_rate": 10.0, "optimizer": "sgd"},
    "learning rate 1e-9": {"learning_rate": 1e-9},
    "100 training images": {"max_train_examples": 100},
    "batch size 1": {"batch_size": 1, "max_train_examples": 100},
    "the largest batch": {"batch_size": TRAINED, "eval_batch_size": 65536},
    "a method switched off": {
        "methods": ["constant", "knn", "linear-svm", "ensemble"],
        "curve_sizes": [50],
        "robustness_images": 20,
    },
    "the network alone": {"methods": []},
    "another network": {
        "conv_channels": [4],
        "batch_norm": False,
        "rotation_degrees": 0.0,
        "shear_degrees": 0.0,
        "scaling": 0.0,
        "translation": 0.0,
        "methods": ["knn"],
    },
}


# what a reader must be told before anything else
SAID = {"diverging": "Training diverged."}


@pytest.mark.parametrize("name", MUTATIONS)
def test_report_stays_true(name, tmp_path):
    made = report(tmp_path, MUTATIONS[name])
    assert faults(made) == []
    html = (made / "report.html").read_text(encoding="utf-8")
    assert SAID.get(name, "") in html
