"""The notebook's own functions: data, model, training, evaluation."""

from functools import partial

import numpy as np
import pytest
import torch
from notebook_cells import load_implementation
from torch import nn
from torch.nn import functional as F

from mnist_report.parallel import run_jobs
from mnist_report.parameters import Parameters

report = load_implementation()
SCALE = (0.13, 0.31)


@pytest.fixture(autouse=True)
def _one_thread_and_seed():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


def toy_set(count=64):
    """Return images that are dark (0) or bright (1) on the left."""
    labels = torch.arange(count) % 2
    images = torch.randint(0, 60, (count, 1, 28, 28), dtype=torch.uint8)
    images[labels == 1, :, :, :14] += 180
    return images, labels


def toy_network(dropout=0.5):
    return report.build_network([2], 4, num_classes=2, dropout=dropout)


# Samples


def test_sample_keeps_the_classes_shares():
    labels = torch.tensor([0] * 500 + [1] * 300 + [2] * 199 + [3])
    sample = report.stratified_sample(labels, 100, seed=0)
    assert len(sample) == len(sample.unique()) == 100
    counts = labels[sample].bincount(minlength=4)
    exact = torch.tensor([50, 30, 19.9, 0.1])
    assert (counts - exact).abs().max() <= 1


def test_sample_is_decided_by_its_seed():
    labels = torch.arange(100) % 3
    torch.manual_seed(1)
    first = report.stratified_sample(labels, 30, seed=5)
    torch.manual_seed(2)
    assert torch.equal(first, report.stratified_sample(labels, 30, seed=5))
    assert set(first.tolist()) != set(
        report.stratified_sample(labels, 30, seed=6).tolist()
    )


@pytest.mark.parametrize("size", [0, 1, 10])
def test_sample_of_none_or_all(size):
    sample = report.stratified_sample(torch.arange(10) % 2, size, seed=0)
    assert len(sample.unique()) == size


# Pre-processing


def test_mean_and_sd_equal_numpy_s():
    images, _ = toy_set(50)
    scaled = images.numpy() / 255
    expected = (scaled.mean(), scaled.std())
    assert report.mean_and_sd(images) == pytest.approx(expected, rel=1e-12)


def test_standardised_images_have_no_mean_and_unit_sd():
    images, _ = toy_set(50)
    scale = report.mean_and_sd(images)
    standard = report.standardise(images.double() / 255, *scale)
    assert standard.mean().item() == pytest.approx(0, abs=1e-9)
    assert standard.std(correction=0).item() == pytest.approx(1)


# Augmentation


def blob(count, row=13, column=13):
    """Return black images with a white square of 2×2 pixels."""
    images = torch.zeros(count, 1, 28, 28, dtype=torch.uint8)
    images[:, :, row : row + 2, column : column + 2] = 255
    return images


def centres(images):
    """Return the centres of mass from the middle, in pixels (rows, right)."""
    places = torch.arange(28) - 13.5
    mass = images.sum(dim=(1, 2, 3))
    down = (images.sum(dim=3)[:, 0] * places).sum(dim=1) / mass
    right = (images.sum(dim=2)[:, 0] * places).sum(dim=1) / mass
    return torch.stack([down, right], dim=1)


def test_no_augmentation_is_exact():
    images, _ = toy_set(8)
    assert torch.equal(report.augment(images), images / 255)
    for unused in [{"perspective_distortion": 0.5}, {"elastic_smoothness": 2}]:
        assert torch.equal(report.augment(images, **unused), images / 255)


@pytest.mark.parametrize(
    "settings",
    [
        {"rotation_degrees": 180},
        {"shear_degrees": 60},
        {"scaling": 0.9},
        {"translation": 0.25},
        {"perspective_distortion": 0.5, "perspective_probability": 1},
        {"elastic_displacement": 2},
    ],
)
def test_each_image_is_changed_by_its_own_draw(settings):
    images = blob(20, 8, 10)
    changed = report.augment(images, **settings)
    assert changed.dtype == torch.float32
    assert changed.shape == images.shape
    assert changed.min() >= 0
    assert changed.max() <= 1 + 1e-6
    assert len(changed.flatten(1).unique(dim=0)) > 15
    assert images.max() == 255  # the originals stay as they were


def test_translation_moves_by_a_share_of_the_width_at_most():
    moved = centres(report.augment(blob(2000), translation=0.25))
    for direction in moved.T:
        assert 6.5 < direction.max() <= 7.001
        assert -7.001 <= direction.min() < -6.5
        assert direction.mean().abs() < 0.4


def test_rotation_keeps_the_distance_and_its_limit():
    images = blob(500, 13, 21)  # 8 pixels to the right
    down, right = centres(report.augment(images, rotation_degrees=30)).T
    assert torch.hypot(down, right) == pytest.approx(
        torch.full((500,), 8.0), abs=0.2
    )
    angles = torch.rad2deg(torch.atan2(down, right))
    assert 28 < angles.max() < 31
    assert -31 < angles.min() < -28


def test_scaling_magnifies_by_its_share_at_most():
    images = blob(500, 13, 21)
    _, right = centres(report.augment(images, scaling=0.25)).T
    assert 9.6 < right.max() < 10.1
    assert 5.9 < right.min() < 6.4


def test_shear_leans_by_its_angle_at_most():
    images = blob(500, 5, 13)  # 8 pixels up
    down, right = centres(report.augment(images, shear_degrees=45)).T
    assert down == pytest.approx(torch.full((500,), -8.0), abs=0.4)
    assert 7.4 < right.max() < 8.4
    assert -8.4 < right.min() < -7.4


def test_perspective_changes_its_share_of_the_images():
    images = torch.full((1000, 1, 28, 28), 255, dtype=torch.uint8)
    changed = report.augment(
        images, perspective_distortion=0.5, perspective_probability=0.25
    )
    same = (changed > 0.999).all(dim=(1, 2, 3)).float().mean().item()
    assert same == pytest.approx(0.75, abs=0.05)


def test_perspective_maps_corners_inwards():
    corners = torch.tensor([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    ones = torch.ones(4, 1)
    maps = report.perspective_maps(100, distortion=0.5, probability=1.0)
    seen = torch.cat([corners, ones], dim=1) @ maps.inverse().mT
    shares = seen[..., :2] / seen[..., 2:] / corners
    assert shares.max() <= 1 + 1e-4
    assert 0.5 - 1e-4 <= shares.min() < 0.55


@pytest.mark.parametrize("smoothness", [0.5, 4, 28])
@pytest.mark.parametrize("side", [28, 20])
def test_elastic_shifts_have_their_spread_everywhere(smoothness, side):
    shifts = report.elastic_shifts(4000, 1.5, smoothness, side)
    assert shifts.shape == (4000, 2, side, side)
    pixels = shifts * side / 2
    assert pixels.std(dim=0) == pytest.approx(
        torch.full((2, side, side), 1.5), rel=0.07
    )
    assert pixels.mean(dim=0).abs().max() < 0.15
    right, down = pixels.flatten(2).unbind(1)
    assert (right * down).mean().abs() < 0.1


def test_elastic_shifts_are_smooth_at_their_scale():
    middle = 14
    shifts = report.elastic_shifts(4000, 1, 3)[:, :, :, middle]
    spread = shifts.square().mean(dim=(0, 1))
    products = (shifts * shifts[:, :, middle, None]).mean(dim=(0, 1))
    correlation = products / (spread * spread[middle]).sqrt()
    # noise blurred by a bell of SD 3 is correlated by one of SD 3·√2
    rows = torch.arange(-4, 5)
    expected = torch.exp(-((rows / 3) ** 2) / 4)
    assert correlation[middle - 4 : middle + 5] == pytest.approx(
        expected, abs=0.05
    )


def test_no_shift_is_exact_and_a_shift_moves_by_pixels():
    images = blob(3) / 255
    maps = torch.eye(3).repeat(3, 1, 1)
    still = report.resample(images, maps, torch.zeros(3, 2, 28, 28))
    assert torch.equal(still, report.resample(images, maps))
    shifts = torch.zeros(3, 2, 28, 28)
    shifts[:, 0] = 2 * 5 / 28  # each pixel is fetched 5 to its right
    moved = centres(report.resample(images, maps, shifts))
    assert moved == pytest.approx(torch.tensor([[0, -5.0]] * 3), abs=1e-4)


# Model


def test_classic_network_has_the_first_draft_s_parameters():
    network = report.build_network([8, 16], 128, 10, 0.2)
    assert report.count_parameters(network) == 103_066
    for parameter in network[0].parameters():
        parameter.requires_grad = False
    assert report.count_parameters(network) == 103_066 - 80


@pytest.mark.parametrize(
    ("channels", "classes"), [([1], 2), ([4, 8, 16, 32], 62)]
)
def test_network_of_another_shape(channels, classes):
    network = report.build_network(channels, 8, classes, 0)
    assert network(torch.zeros(2, 1, 28, 28)).shape == (2, classes)


@pytest.mark.parametrize("classes", [2, 10, 62])
def test_compact_network_has_no_more_parameters(classes):
    network = report.build_compact(classes, dropout=0.3)
    assert network(torch.zeros(2, 1, 28, 28)).shape == (2, classes)
    weights = [1 * 16 * 25, 16 * 32 * 9, 32 * 32 * 9, 32 * 64 * 9]
    weights += [64 * 64 * 9, 64 * 48 * 9, 48 * 9 * classes]
    others = 2 * (16 + 32 + 32 + 64 + 64 + 48) + classes
    assert report.count_parameters(network) == sum(weights) + others
    if classes <= 10:
        assert report.count_parameters(network) <= 103_066
    [dropout] = [each for each in network if isinstance(each, nn.Dropout)]
    assert dropout.p == 0.3


def test_compact_network_counts_its_arithmetic():
    rows = report.trace(report.build_compact(10, 0))
    assert [macs for *_, macs in rows if macs] == [
        24 * 24 * 16 * 25,
        12 * 12 * 32 * 16 * 9,
        12 * 12 * 32 * 32 * 9,
        6 * 6 * 64 * 32 * 9,
        6 * 6 * 64 * 64 * 9,
        3 * 3 * 48 * 64 * 9,
        432 * 10,
    ]


@pytest.mark.parametrize("name", ["classic", "compact"])
def test_network_without_batch_normalisation(name):
    parameters = Parameters(network=name, batch_norm=False)
    network = report.network_maker(parameters, 10)()
    kinds = {type(layer) for layer in network}
    assert nn.BatchNorm2d not in kinds
    biases = [each.bias for each in network if isinstance(each, nn.Conv2d)]
    assert all(bias is not None for bias in biases)
    normed = report.network_maker(Parameters(network=name), 10)()
    assert {type(layer) for layer in normed} == kinds | {nn.BatchNorm2d}


def test_network_is_the_one_that_is_named():
    for name, expected in [
        ("classic", report.build_network([3], 5, 7, 0.25)),
        ("compact", report.build_compact(7, 0.25)),
    ]:
        parameters = Parameters(
            network=name, conv_channels=[3], hidden_units=5, dropout=0.25
        )
        network = report.network_maker(parameters, 7)()
        assert str(network) == str(expected)


def test_trace_counts_by_hand():
    rows = report.trace(report.build_network([8, 16], 128, 10, 0.2))
    costly = [(name, macs) for name, _, _, macs in rows if macs]
    assert costly == [
        ("Conv2d", 28 * 28 * 8 * 9),
        ("Conv2d", 14 * 14 * 16 * 8 * 9),
        ("Linear", 784 * 128),
        ("Linear", 128 * 10),
    ]
    assert sum(macs for _, macs in costly) == 383_872
    assert sum(row[2] for row in rows) == 103_066
    assert [row[1] for row in rows if row[0] == "MaxPool2d"] == [
        (8, 14, 14),
        (16, 7, 7),
    ]


# Training


def make_training(network, learning_rate, **settings):
    parameters = Parameters(
        learning_rate=learning_rate, num_epochs=50, batch_size=16, **settings
    )
    optimiser = report.make_optimiser(network, parameters)
    return optimiser, report.make_schedule(optimiser, parameters, 64)


@pytest.mark.parametrize("kind", ["adamw", "adam", "sgd"])
def test_training_lowers_the_loss(kind):
    images, labels = toy_set()
    network = toy_network(dropout=0)
    training = make_training(network, 0.01, optimizer=kind, lr_schedule="step")
    rows = [
        report.train_one_epoch(
            network,
            *training,
            report.training_batches(images, labels, 16, SCALE, {}),
            label_smoothing=0,
        )
        for _ in range(8)
    ]
    assert rows[-1]["train_loss"] < 0.7 * rows[0]["train_loss"]
    loss, error = report.evaluate(network, images, labels, SCALE, 16)
    assert error == 0
    assert loss < 0.3


def test_short_last_batch_weighs_its_images():
    class Fixed(nn.Module):
        """Its logits are its input; training cannot change them."""

        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(2))

        def forward(self, logits):
            return logits + 0 * self.weight

    logits = torch.tensor([[3.0, 0], [2, 0], [1, 0], [0, 2], [1, 0]])
    labels = torch.tensor([0, 0, 1, 1, 1])
    network = Fixed()
    row = report.train_one_epoch(
        network,
        *make_training(network, 0.1),
        zip(logits.split(4), labels.split(4), strict=True),
        label_smoothing=0.1,
    )
    expected = F.cross_entropy(logits, labels, label_smoothing=0.1).item()
    assert row["train_loss"] == pytest.approx(expected, rel=1e-6)
    assert row["train_error"] == 2 / 5


def test_each_step_follows_its_own_batch():
    network, twin = (nn.Linear(2, 2, bias=False) for _ in range(2))
    twin.load_state_dict(network.state_dict())
    first, last = torch.rand(2, 3, 2)
    labels = torch.tensor([0, 1, 1])
    report.train_one_epoch(
        network,
        *make_training(network, 1e-9),  # too small to change the weights
        [(first, labels), (last, labels)],
        label_smoothing=0,
    )
    F.cross_entropy(twin(last), labels).backward()
    assert torch.allclose(network.weight.grad, twin.weight.grad, atol=1e-5)


@pytest.mark.parametrize(("count", "batch_size"), [(70, 16), (600, 7), (5, 9)])
def test_epoch_visits_each_image_once(count, batch_size):
    labels = torch.arange(count)
    images = torch.arange(count).view(-1, 1, 1, 1).expand(-1, 1, 4, 4)
    seen = [
        list(report.training_batches(images, labels, batch_size, (0, 1), {}))
        for _ in range(2)
    ]
    sizes = [len(batch) for _, batch in seen[0]]
    assert set(sizes[:-1]) <= {batch_size}
    assert len(sizes) == -(-count // batch_size)
    first, second = (torch.cat([y for _, y in epoch]) for epoch in seen)
    assert torch.equal(first.sort().values, labels)
    assert not torch.equal(first, second)
    pixels = torch.cat([x[:, 0, 0, 0] for x, _ in seen[0]])
    assert torch.equal(pixels * 255, first.float())


def rates(parameters, images, steps):
    """Return the learning rate at each of the steps."""
    weight = nn.Parameter(torch.zeros(1))
    optimiser = report.make_optimiser(nn.ParameterList([weight]), parameters)
    schedule = report.make_schedule(optimiser, parameters, images)
    found = []
    for _ in range(steps):
        found.append(optimiser.param_groups[0]["lr"])
        weight.grad = torch.ones(1)
        optimiser.step()
        schedule.step()
    return found


def test_step_schedule_steps_every_second_epoch():
    parameters = Parameters(
        learning_rate=0.001, lr_schedule="step", batch_size=32
    )
    # 70 images are three steps an epoch
    expected = [0.001 * 0.9 ** (step // 6) for step in range(30)]
    assert rates(parameters, 70, 30) == pytest.approx(expected)


def test_one_cycle_rises_to_the_learning_rate_and_falls():
    parameters = Parameters(learning_rate=0.005, batch_size=32)
    found = rates(parameters, 70, 3 * parameters.num_epochs)
    peak = int(np.argmax(found))
    assert max(found) == pytest.approx(0.005)
    assert found == [*sorted(found[:peak]), *sorted(found[peak:])[::-1]]
    assert 0 < peak < len(found) / 2
    assert found[-1] < 1e-4 * max(found)


@pytest.mark.parametrize("share", [0.3, 0.44, 0.6])
def test_one_cycle_rises_for_its_share_of_the_steps(share):
    parameters = Parameters(num_epochs=50, batch_size=64, lr_warmup=share)
    found = rates(parameters, 64 * 20, 1000)
    assert int(np.argmax(found)) == round(1000 * share) - 1


def test_weight_decay_reaches_the_optimiser():
    parameters = Parameters(weight_decay=0.03, optimizer="sgd")
    optimiser = report.make_optimiser(toy_network(), parameters)
    assert optimiser.param_groups[0]["weight_decay"] == 0.03
    assert optimiser.param_groups[0]["momentum"] == 0.9


def test_average_weighs_each_step_by_the_decay():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    average = report.averaged(network, optimiser, 0.7)
    seen = []
    for step in range(1, 6):
        optimiser.zero_grad()
        network(torch.randn(4, 1, 6, 6)).square().sum().backward()
        optimiser.step()
        seen.append({k: v.clone() for k, v in network.state_dict().items()})
        weights = torch.tensor([0.7 ** (step - 1 - k) for k in range(step)])
        weights /= weights.sum()
        for name, mean in average.state_dict().items():
            if mean.is_floating_point():
                terms = zip(weights, seen, strict=True)
                expected = sum(w * state[name] for w, state in terms)
                assert torch.allclose(mean, expected, atol=1e-6), name
    assert not torch.equal(seen[0]["1.running_mean"], torch.zeros(2))


def test_no_decay_is_the_network_itself():
    network = toy_network()
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    assert report.averaged(network, optimiser, 0) is network


def test_average_leaves_training_as_it_was():
    def fitted(decay):
        torch.manual_seed(0)  # the same toy images
        fit = fit_toy(ema_decay=decay)
        found = fit(0)
        return [row["train_loss"] for row in found["history"]], found

    plain, last = fitted(0)
    followed, average = fitted(0.9)
    assert plain == followed
    assert bits(last)[1] != bits(average)[1]


# Evaluation


@pytest.mark.parametrize("batch_size", [1, 24, 64, 1000])
def test_evaluation_is_that_of_the_whole_set(batch_size):
    images, labels = toy_set()
    network = toy_network()
    network.train()
    network(torch.rand(8, 1, 28, 28))  # statistics unlike the initial ones
    network.eval()
    with torch.no_grad():
        logits = network((images / 255 - SCALE[0]) / SCALE[1])
    wrong = (logits.argmax(dim=1) != labels).float().mean().item()
    assert 0 < wrong < 1
    loss, error = report.evaluate(network, images, labels, SCALE, batch_size)
    assert loss == pytest.approx(F.cross_entropy(logits, labels).item())
    assert error == pytest.approx(wrong)


@pytest.mark.parametrize("training", [True, False])
def test_evaluation_leaves_the_network_as_it_was(training):
    images, labels = toy_set()
    network = toy_network().train(training)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    results = [
        report.evaluate(network, images, labels, SCALE, 24) for _ in range(2)
    ]
    assert results[0] == results[1]
    assert all(layer.training == training for layer in network.modules())
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert all(p.grad is None for p in network.parameters())
    assert images.dtype == torch.uint8


# A whole run


def fit_toy(**settings):
    """Return `fit` on a toy set, as a function of the seed."""
    return partial(
        report.fit,
        make_network=toy_network,
        parameters=Parameters(num_epochs=2, batch_size=24, **settings),
        train=toy_set(64),
        validation=toy_set(30),
        scale=SCALE,
        augmentation={"rotation_degrees": 10, "translation": 0.1},
    )


def bits(fitted):
    """Return what must not differ between two runs of a seed."""
    weights = {k: v.numpy() for k, v in fitted["network"].state_dict().items()}
    return fitted["history"], {k: v.tobytes() for k, v in weights.items()}


@pytest.mark.parametrize("decay", [0, 0.9])
def test_same_seed_same_bits_alone_or_in_workers(decay):
    fit = fit_toy(ema_decay=decay)
    alone = [bits(fit(seed)) for seed in (0, 1)]
    torch.rand(7)  # the state of the generator outside must not matter
    assert [bits(fitted) for fitted in run_jobs(fit, [0, 1], 2)] == alone
    assert bits(fit(1)) == alone[1]
    assert alone[0] != alone[1]


@pytest.mark.parametrize("decay", [0, 0.9])
def test_history_has_a_row_an_epoch(decay):
    fit = fit_toy(ema_decay=decay)
    fitted = fit(0)
    assert [sorted(row) for row in fitted["history"]] == [
        [
            "learning_rate",
            "train_error",
            "train_loss",
            "validation_error",
            "validation_loss",
        ]
    ] * 2
    last = fitted["history"][-1]
    found = report.evaluate(
        fitted["network"], *fit.keywords["validation"], SCALE, 1000
    )
    assert (last["validation_loss"], last["validation_error"]) == found
    assert fitted["seconds"] > 0
