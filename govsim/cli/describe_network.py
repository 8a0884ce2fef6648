"""`govsim describe network`: layers of the compound network, and how the world meets what was stated about it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from govsim.cli.speech import Speech, table, terminal

if TYPE_CHECKING:
    from govsim.scenario.load import Loaded


def network(loaded: Loaded, graphml: Path | None, say: Speech) -> None:
    """Print the layers, the marginals of map and people, and write GraphML where a folder is named."""
    import numpy as np

    from govsim.world.graph_files import write_graphml
    from govsim.world.marginals import check_map
    from govsim.world.people_marginals import check_people
    from govsim.world.world import read_map, settle

    district = read_map(loaded)
    console = terminal()
    rows = []
    for layer in district.layers.values():
        degree = np.diff(layer.indptr)
        rows.append((
            layer.name, f"{len(degree):,}", f"{degree.sum() // 2:,}", f"{degree.mean():.1f}", f"{degree.max()}",
            f"{(degree == 0).sum():,}", layer.unit,
        ))  # fmt: skip
    head = (say("layer", "层"), say("nodes", "节点"), say("edges", "边"), say("mean degree", "平均度"),
            say("highest", "最高"), say("alone", "孤立"), say("weight of an edge", "边的权重"))  # fmt: skip
    table(console, head, rows, right={1, 2, 3, 4, 5}, title=say("Network of compounds", "小区网络"))

    columns = (say("figure", "数字"), say("stated", "给定"), say("generated", "生成"), say("note", "说明"))
    checks = {
        say("The map beside what is stated", "地图与给定数字"): check_map(
            district.compounds, district.scenario, district.parameters
        ),
        say("Residents beside what is stated (first replicate)", "居民与给定数字（第一次重复）"): check_people(
            settle(district, 0)
        ),
    }
    for title, marginals in checks.items():
        console.print()
        lines = [(m.name, "" if m.stated is None else figure(m.stated), figure(m.generated), m.note) for m in marginals]
        table(console, columns, lines, right={1, 2}, title=title)
    if graphml is not None:
        graphml.mkdir(parents=True, exist_ok=True)
        path = graphml / f"{loaded.path.stem}.graphml"
        write_graphml(path, district.layers, district.compounds, district.institutions)
        console.print()
        console.print(say(f"Written: {path}", f"已写出：{path}"), soft_wrap=True)


def figure(x: float) -> str:
    """A number with three or four figures, whole where it is large; nothing where there is none."""
    if math.isnan(x):
        return "-"
    return f"{x:,.0f}" if abs(x) >= 1000 or x == int(x) else f"{x:.4g}"
