"""A plot of an audit."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from atomic_counter.commands.audit.result import AuditResult, Sample

COLORS = ["#0969da", "#8250df", "#1a7f37", "#bf3989", "#9a6700", "#cf222e", "#1b7c83", "#57606a"]
ZOOMED_SAMPLES = 48


def plot_audit(result: AuditResult, path: Path) -> None:
    """Write a picture of the latency distribution, and of the numbers over time by client."""
    issued = [sample for sample in result.samples if sample.last is not None]
    figure = Figure(figsize=(10, 4.2), layout="constrained", facecolor="white")
    latency, numbers = figure.subplots(1, 2)

    milliseconds = [sample.seconds * 1000 for sample in issued]
    latency.hist(milliseconds, bins=60, color=COLORS[0])
    for name in ("median", "99th percentile"):
        value = result.latency[name] * 1000
        latency.axvline(value, color="#1f2328", linewidth=1, linestyle=":")
        latency.annotate(
            f" {name}\n {value:.1f} ms",
            (value, 0.97),
            xycoords=("data", "axes fraction"),
            va="top",
            fontsize=9,
        )
    latency.set(title="Time to a response", xlabel="milliseconds", ylabel="requests")
    latency.margins(y=0.2)  # The annotations stand above the bars.

    _scatter(numbers, issued, size=5)
    zoomed_samples = issued[len(issued) // 2 :][:ZOOMED_SAMPLES]
    zoomed = numbers.inset_axes((0.1, 0.54, 0.44, 0.42))
    _scatter(zoomed, zoomed_samples, size=16)
    zoomed.set(xticks=[], yticks=[])
    zoomed.margins(0.1)
    numbers.indicate_inset_zoom(zoomed, edgecolor="#57606a")
    clients = len({sample.client for sample in issued})
    numbers.set(
        title=f"Numbers of {clients} clients, colored by client",
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
        color=[COLORS[(sample.client or 0) % len(COLORS)] for sample in samples],
    )
