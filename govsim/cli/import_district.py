"""`govsim import`: a user's own compounds, and ties between them, become a scenario that runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from govsim.cli.parsing import Parser
from govsim.cli.speech import Speech, terminal

NAME = "import"
ABOUT = ("make a scenario from your own table of compounds", "用自己的小区数据表生成情景文件")


def arguments(parser: Parser) -> None:
    """The words of this verb."""
    say, add = parser.say, parser.options.add_argument
    parser.what.add_argument(
        "compounds", metavar="COMPOUNDS", type=Path,
        help=say("CSV or GeoJSON: id and place (x, y in metres, or lon, lat) are needed, every other column may lack",
                 "CSV 或 GeoJSON：必须有 id 和位置（x、y，单位米；或 lon、lat），其余各列可缺"),
    )  # fmt: skip
    add("--ties", metavar="FILE", type=Path,
        help=say("ties between compounds: CSV or GraphML", "小区之间的联系：CSV 或 GraphML"))  # fmt: skip
    add("--out", metavar="DISTRICT.toml", type=Path, required=True,
        help=say("the scenario to write; the data go beside it", "要写出的情景文件；数据放在旁边"))  # fmt: skip
    add("--force", action="store_true", help=say("replace files that are there", "覆盖已有的文件"))


def act(said: argparse.Namespace, say: Speech) -> int:
    """Check the data, write the scenario, say what was found and what was filled."""
    from govsim.errors import Fault, InputError
    from govsim.scenario.bilingual import Both
    from govsim.world.district_file import import_district

    if said.out.suffix.lower() != ".toml":
        wrong = Both("the scenario's name must end in .toml", "情景文件名须以 .toml 结尾")
        raise InputError([Fault(str(said.out), None, "", wrong)])
    said.out.parent.mkdir(parents=True, exist_ok=True)
    found = import_district(said.compounds, said.ties, said.out, force=said.force)
    console = terminal()
    console.print(say(
        f"{found.compounds:,} compounds, {found.residents:,} residents, {found.towns} towns, {found.committees} "
        f"residents' committees, {found.firms} firms, {found.ties} ties",
        f"{found.compounds:,} 个小区，{found.residents:,} 名居民，{found.towns} 个街镇，{found.committees} 个居委会，"
        f"{found.firms} 家物业企业，{found.ties} 条联系",
    ))  # fmt: skip
    filled = ", ".join(found.filled)
    if filled:
        console.print(say(
            f"Filled from stated figures, wholly or where cells were blank: {filled}",
            f"以下各列（或其中的空格）按已有统计数字补齐：{filled}",
        ))  # fmt: skip
    console.print(say("Files:", "文件："))
    for path in (found.scenario, *found.files):
        console.print(f"  {path}", soft_wrap=True)
    after = f"govsim describe network {found.scenario}"
    console.print(say(f"Next: {after}", f"下一步：{after}"), soft_wrap=True)
    return 0
