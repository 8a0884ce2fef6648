"""Whom a rollout reaches and when it starts by itself, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from govsim.cli.speech import Speech

if TYPE_CHECKING:
    from govsim.scenario.schema import Target, Trigger

#: Recorded counts that rollouts may look at.
OBSERVED: Final = {
    "hotline_complaints": ("hotline complaints", "热线投诉"),
    "complaints": ("complaints of all channels", "各渠道投诉"),
    "petitions": ("petitions", "信访"),
    "cases_opened": ("files opened", "受理件数"),
    "crimes_recorded": ("recorded crimes", "立案数"),
}


def target_in_words(target: Target, say: Speech) -> str:
    """Which compounds can be reached, and in which order."""
    from govsim.report.words import words

    comma = say(", ", "、")
    who: list[str] = []
    if target.types:
        who.append(comma.join(words(say.spoken).finding(t) for t in target.types))
    if target.towns:
        who.append(say("towns ", "街镇 ") + comma.join(target.towns))
    if target.compounds:
        who.append(say("compounds ", "小区 ") + comma.join(target.compounds))
    order = {
        "random": "",
        "worst_first": say(f"worst first, by {_observed(target.by, say)} of {target.weeks} weeks",
                           f"先差后好，按最近 {target.weeks} 周的{_observed(target.by, say)}排序"),
        "stepped_wedge": say(f"in {target.steps} waves {target.step_days} days apart",
                             f"分 {target.steps} 批推开，每批相隔 {target.step_days} 天"),
    }[target.order]  # fmt: skip
    return say("; ", "；").join([*who, order] if order else who) or say("all compounds", "全部小区")


def trigger_in_words(trigger: Trigger, say: Speech) -> str:
    """From which recorded figure on it starts, and below which it ends."""
    what = _observed(trigger.outcome, say)
    start = say(f"starts where {what} of {trigger.weeks} weeks are above {trigger.above:g} per 1,000 residents a year",
                f"最近 {trigger.weeks} 周的{what}折合每千名居民每年超过 {trigger.above:g} 件时启动")  # fmt: skip
    if trigger.below is None:
        return start
    return start + say(f" and ends below {trigger.below:g}", f"，低于 {trigger.below:g} 件时停止")


def _observed(outcome: str, say: Speech) -> str:
    return say(*OBSERVED[outcome])
