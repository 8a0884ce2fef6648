"""The picture of the study: where one estate goes from each start, by its owners' committee."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def draw(rows: Sequence[Any], file: Path) -> None:
    """Paths of four years in the plane of collection and service quality, one panel per committee."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    names = [name for name in ("working", "inactive", "missing") if any(row[1] == name for row in rows)]
    figure, panels = plt.subplots(1, len(names), figsize=(4.2 * len(names), 4.2), sharey=True, squeeze=False)
    for panel, name in zip(panels[0], names, strict=True):
        starts = sorted({(row[2], row[3]) for row in rows if row[0] == "path" and row[1] == name})
        for start in starts:
            mine = sorted(row[4:7] for row in rows if row[0] == "path" and row[1] == name and (row[2], row[3]) == start)
            x, y = [row[1] for row in mine], [row[2] for row in mine]
            colour = "#2b6ca3" if x[-1] > 0.65 else ("#b5442c" if x[-1] < 0.60 and y[-1] < 0.45 else "#888888")
            panel.plot(x, y, color=colour, lw=0.8, alpha=0.75)
            panel.plot(x[0], y[0], "o", color=colour, ms=2.5, mfc="white")
            panel.plot(x[-1], y[-1], "o", color=colour, ms=4)
        panel.axvline(0.6, color="#bbbbbb", lw=0.6, ls=":")
        panel.axhline(0.45, color="#bbbbbb", lw=0.6, ls=":")
        panel.set(title=f"committee: {name}", xlabel="share of households that pay", xlim=(0.25, 1.0), ylim=(0.1, 1.0))
    panels[0][0].set_ylabel("service quality")
    figure.suptitle("One old estate, the same people and fee: open dots starts, full dots after four years")
    figure.tight_layout()
    figure.savefig(file, dpi=100)
    plt.close(figure)
