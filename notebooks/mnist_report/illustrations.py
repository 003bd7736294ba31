"""What the text shows beside its own results: techniques, and the record."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle
from torch import Tensor, inference_mode, nn

from mnist_report import figures, published, tables
from mnist_report.display import Display
from mnist_report.figures import BLUE, INK, VERMILION, Picture
from mnist_report.findings import HUMAN_ERROR

# responds to ink that begins: dark on the right, light on the left
LEFT_EDGE = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
PLANE = ListedColormap(["#f7dccb", "#cfe3f1"])
NEIGHBOURS = 3


def record(show: Display) -> None:
    """Show what others have published, year by year."""
    show.figure(
        figures.published(
            published.results(), HUMAN_ERROR, published.LABEL_DOUBT
        ),
        "fig-published",
        "**Published error rates on MNIST** by year and family, on a "
        "logarithmic scale. Filled marks: distorted copies of images were "
        "used as well.",
        from_data=False,
    )


def record_in_full(show: Display) -> None:
    """Show each published result with its source."""
    show.table(
        tables.published(published.results()),
        "tbl-published",
        "**Published results on MNIST's 10,000 test images.** Parameters "
        "are those of a network, or values kept; M: million.",
        from_data=False,
    )


def techniques(show: Display, network: nn.Sequential, image: Tensor) -> None:
    """Show the techniques at work.

    image: (1, 1, height, width), standardised, on the network's device.
    """
    from sklearn.datasets import load_digits

    show.figure(
        rules(),
        "fig-rules",
        "**Two rules for the same points.** Squares and discs are two "
        "classes; shading is the answer, dashes are the margin, rings the "
        "support vectors.",
        from_data=False,
    )
    show.figure(
        convolution(load_digits().images[4]),
        "fig-convolution",
        "**A convolution, step by step.** The framed patch, multiplied "
        "place by place with the kernel and added up, gives the framed "
        "response.",
        from_data=False,
    )
    show.figure(
        learned_features(
            image[0, 0].cpu().numpy(), *_first_features(network, image)
        ),
        "fig-features",
        "**Learned kernels and what they find.** Kernels of the first "
        "network's first layer (positive weights orange, negative purple), "
        "and below each its response to the image on the left.",
    )


def rules(seed: int = 3, points: int = 15) -> Picture:
    """Draw what neighbours and a margin make of two classes in a plane.

    points: of each class.
    """
    x, y = _two_classes(points, seed)
    figure, axes = plt.subplots(1, 2, figsize=(6.3, 2.5), sharey=True)
    across, up = np.meshgrid(np.linspace(-3, 3, 241), np.linspace(-2, 2, 161))
    places = np.column_stack([across.ravel(), up.ravel()])
    votes = _neighbours_vote(x, y, places).reshape(across.shape)
    scores, vectors = _margin(x, y, places)
    scores = scores.reshape(across.shape)
    for ax, regions in zip(axes, [votes, scores], strict=True):
        ax.contourf(across, up, regions > 0, 1, cmap=PLANE)
        ax.contour(across, up, regions > 0, [0.5], colors=INK, linewidths=1)
        _draw_points(ax, x, y)
    margins = {"levels": [-1, 1], "linestyles": "--", "linewidths": 0.8}
    axes[1].contour(across, up, scores, colors=INK, **margins)
    axes[1].scatter(
        *x[vectors].T, s=70, facecolors="none", edgecolors=INK, linewidths=0.9
    )
    axes[0].set_title(f"{NEIGHBOURS} nearest neighbours")
    axes[1].set_title("support vector machine")
    alt = (
        f"Two panels with the same {len(x)} points of two classes in a plane. "
        f"Left, the vote of the {NEIGHBOURS} nearest neighbours divides the "
        "plane along a ragged boundary. Right, a support vector machine "
        "divides it along a straight line, with the margin dashed on either "
        f"side; its {len(vectors)} support vectors are ringed."
    )
    return Picture(figure, alt)


def convolution(image: np.ndarray, row: int = 3, column: int = 2) -> Picture:
    """Draw how a kernel's response to one patch of an image is computed.

    image: (height, width); row, column: the middle of the patch.
    """
    padded = np.pad(image, 1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    responses = (windows * LEFT_EDGE).sum(axis=(2, 3))
    patch = windows[row, column]
    products = patch * LEFT_EDGE
    total = responses[row, column]
    figure, axes = plt.subplots(
        1, 5, figsize=(6.3, 1.75), width_ratios=[8, 4, 4, 4, 8]
    )
    panels = {
        "image": (image, "gray_r", None),
        "patch": (patch, "gray_r", image.max()),
        "kernel": (LEFT_EDGE, "PuOr_r", 4),
        "products": (products, "PuOr_r", 1.5 * abs(products).max()),
        "responses": (responses, "PuOr_r", 1.5 * abs(responses).max()),
    }
    for ax, (name, (values, colours, most)) in zip(
        axes, panels.items(), strict=True
    ):
        _draw_numbers(ax, values, colours, most)
        ax.set_title(name, loc="center", pad=3)
    axes[3].set_xlabel(f"sum: {total:g}")
    for ax, place, size in [
        (axes[0], (column - 1.5, row - 1.5), 3),
        (axes[4], (column - 0.5, row - 0.5), 1),
    ]:
        frame = {"facecolor": "none", "edgecolor": VERMILION, "linewidth": 1.6}
        ax.add_patch(Rectangle(place, size, size, **frame))
    for ax, sign in zip(axes[1:], "→×=→", strict=True):
        _between(ax, sign)
    alt = (
        f"A convolution in five panels: an image of {image.shape[0]}×"
        f"{image.shape[1]} numbers with a framed patch of 3×3; the patch; a "
        "kernel whose left column is negative and right column positive; "
        f"their products, which add up to {total:g}; and all responses, with "
        "that one framed."
    )
    return Picture(figure, alt)


def learned_features(
    image: np.ndarray, kernels: np.ndarray, maps: np.ndarray
) -> Picture:
    """Draw a layer's kernels and their responses to one image.

    kernels: (channels, height, width); maps: (channels, height, width).
    """
    shown = min(len(kernels), 8)
    figure, axes = plt.subplots(
        2, shown + 1, figsize=(6.3, 1.65), squeeze=False
    )
    axes[0, 0].set_axis_off()
    axes[1, 0].imshow(image, cmap="gray_r")
    axes[0, 0].set_title("kernels", loc="center", y=0.35, pad=0)
    most = abs(kernels[:shown]).max()
    for at in range(shown):
        limits = {"vmin": -most, "vmax": most}
        axes[0, at + 1].imshow(kernels[at], cmap="PuOr_r", **limits)
        axes[1, at + 1].imshow(maps[at], cmap="gray_r", vmin=0)
    for ax in axes.flat:
        ax.set_xticks([])
        ax.set_yticks([])
    alt = (
        f"Above, {shown} learned kernels of {kernels.shape[1]}×"
        f"{kernels.shape[2]} weights, orange where positive and purple where "
        "negative; below, one image and the kernels' responses to it, each "
        "bright in other parts of its strokes."
    )
    return Picture(figure, alt)


def _first_features(
    network: nn.Sequential, image: Tensor
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first layer's kernels and its rectified responses."""
    was_training = network.training
    network.eval()
    with inference_mode():
        response = image
        for layer in network:
            response = layer(response)
            if isinstance(layer, nn.ReLU):
                break
    network.train(was_training)
    kernels = network[0].weight[:, 0].detach()
    return kernels.cpu().numpy(), response[0].cpu().numpy()


def _two_classes(points: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(seed)
    middles = np.array([[-0.9, -0.25], [0.9, 0.25]]).repeat(points, axis=0)
    x = middles + draws.normal(scale=(0.75, 0.65), size=middles.shape)
    return x.clip((-2.9, -1.9), (2.9, 1.9)), np.repeat([-1, 1], points)


def _neighbours_vote(
    x: np.ndarray, y: np.ndarray, places: np.ndarray
) -> np.ndarray:
    apart = ((places[:, None] - x) ** 2).sum(axis=2)
    nearest = np.argpartition(apart, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    return y[nearest].sum(axis=1)


def _margin(
    x: np.ndarray, y: np.ndarray, places: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.svm import SVC

    machine = SVC(kernel="linear", C=1.0).fit(x, y)
    return machine.decision_function(places), machine.support_


def _draw_points(ax: Axes, x: np.ndarray, y: np.ndarray) -> None:
    for label, colour, marker in [(-1, VERMILION, "s"), (1, BLUE, "o")]:
        ax.scatter(
            *x[y == label].T, s=14, color=colour, marker=marker, zorder=3
        )
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(True)


def _draw_numbers(
    ax: Axes, values: np.ndarray, colours: str, most: float | None
) -> None:
    most = abs(values).max() if most is None else most
    least = 0 if colours == "gray_r" else -most
    picture = ax.imshow(values, cmap=colours, vmin=least, vmax=most)
    size = 4.6 if len(values) > 3 else 6.5
    for (row, column), value in np.ndenumerate(values):
        red, green, blue, _ = picture.to_rgba(value)
        dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.5
        ax.text(
            column,
            row,
            f"{value + 0:g}".replace("-", "−"),
            ha="center",
            va="center",
            fontsize=size,
            color="white" if dark else INK,
        )
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(True)


def _between(ax: Axes, sign: str) -> None:
    """Write a sign in the gap to the left of a panel."""
    ax.annotate(
        sign,
        (0, 0.5),
        xycoords="axes fraction",
        xytext=(-8, 0),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=9,
        annotation_clip=False,
    )
