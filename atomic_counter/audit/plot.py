"""An audit as a picture."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from atomic_counter.audit.report import Report, Sample

COLOURS = ["#0969da", "#8250df", "#1a7f37", "#bf3989", "#9a6700", "#cf222e", "#1b7c83", "#57606a"]
SEEN_CLOSELY = 48


def plot(report: Report, path: Path) -> None:
    """Draw the latency distribution, and the numbers over time by client."""
    given = [sample for sample in report.samples if sample.last is not None]
    figure = Figure(figsize=(10, 4.2), layout="constrained", facecolor="white")
    latency, numbers = figure.subplots(1, 2)

    milliseconds = [sample.seconds * 1000 for sample in given]
    latency.hist(milliseconds, bins=60, color=COLOURS[0])
    for name in ("median", "99th percentile"):
        value = report.latency[name] * 1000
        latency.axvline(value, color="#1f2328", linewidth=1, linestyle=":")
        latency.annotate(
            f" {name}\n {value:.1f} ms",
            (value, 0.97),
            xycoords=("data", "axes fraction"),
            va="top",
            fontsize=9,
        )
    latency.set(title="How long an answer takes", xlabel="milliseconds", ylabel="requests")

    _scatter(numbers, given, size=5)
    closely = given[len(given) // 2 :][:SEEN_CLOSELY]
    zoomed = numbers.inset_axes((0.1, 0.54, 0.44, 0.42))
    _scatter(zoomed, closely, size=16)
    zoomed.set(xticks=[], yticks=[])
    zoomed.margins(0.1)
    numbers.indicate_inset_zoom(zoomed, edgecolor="#57606a")
    clients = len({sample.client for sample in given})
    numbers.set(
        title=f"Numbers that {clients} clients got, a colour each",
        xlabel="seconds",
        ylabel="number",
    )
    for axes in (latency, numbers):
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.01)
    figure.savefig(path, dpi=160)


def _scatter(axes: Axes, samples: Sequence[Sample], size: float) -> None:
    axes.scatter(
        [sample.sent + sample.seconds for sample in samples],
        [sample.last or 0 for sample in samples],
        s=size,
        linewidths=0,
        color=[COLOURS[sample.client % len(COLOURS)] for sample in samples],
    )
