"""Patterns of complaining: who, how often, where, what answers do to it, and what is recorded and what is felt."""

from __future__ import annotations

from typing import Final

import numpy as np

from govsim.analysis.figures import Figures, Lack, all_lack, enough, over
from govsim.experiment.observed import YEAR, Observed

USERS: Final = 200  # hotline users
FIRSTS: Final = 500  # answered first complaints of each kind
PLACES: Final = 30  # compounds with complaints
ANSWERED: Final = 100  # complainants who heard an answer


def complainers(seen: Observed) -> Figures:
    """Hotline users: how often, of which tenure, and whether a fixed first complaint brings a second."""
    each = seen.callers["complaints"].to_numpy(float)
    lack = enough("users", each.size, USERS)
    by_tenure = seen.callers.groupby("tenure")["complaints"].sum()
    heads = [float(by_tenure.get(t, 0.0)) / seen.adults[t] if seen.adults.get(t) else 0.0 for t in ("owner", "tenant")]
    span = Lack("short", "days", seen.days, YEAR) if seen.days < YEAR else None
    return {
        "users_once": span or lack or float(np.mean(each == 1)),
        "owners_tenants": lack or over(*heads),
        "fixed_again": _again(seen),
    }


def _again(seen: Observed) -> float | Lack:
    """Second complaint within half a year: share after a fixed first over share after one that was not."""
    fixed = seen.firsts["fixed"].to_numpy(bool)
    lack = enough("firsts", min(int(fixed.sum()), int((~fixed).sum())), FIRSTS)
    if lack:
        return lack
    again = seen.firsts["again"].to_numpy(float)
    return over(float(again[fixed].mean()), float(again[~fixed].mean()))


def counts(seen: Observed) -> Figures:
    """How complaints are spread over residents and over compounds."""
    each = np.sort(seen.callers["complaints"].to_numpy(float))[::-1]
    lack = enough("users", each.size, USERS)
    out: Figures = all_lack(("top_percent", "dispersion"), lack) if lack else _over_people(each, seen.residents)
    rate = (seen.places["complaints"] / seen.places["residents"]).to_numpy(float)
    logs = np.log(rate[rate > 0])
    few = enough("compounds", logs.size, PLACES)
    if few or logs.std() == 0:
        return out | all_lack(("log_sd", "log_skew"), few or Lack("constant"))
    centred = logs - logs.mean()
    return out | {"log_sd": float(logs.std()), "log_skew": float((centred**3).mean() / logs.std() ** 3)}


def _over_people(each: np.ndarray, residents: int) -> Figures:
    mean = each.sum() / residents
    variance = (each**2).sum() / residents - mean**2
    return {
        "top_percent": float(each[: max(1, round(each.size / 100))].sum() / each.sum()),
        "dispersion": float(variance / mean),
    }


def volume(seen: Observed) -> Figures:
    """What better answers do, over the baseline of the same replicate."""
    names = ("arm_complaints", "arm_solved", "arm_open")
    return {name: seen.arm.get(name, Lack("none")) for name in names}


def official_and_felt(seen: Observed) -> Figures:
    """Recorded closing and felt solving of the hotline, apart."""
    t = seen.totals
    heard = t["felt_solved"] + t["felt_failed"]
    lack = enough("answered", min(heard, t["recorded_closed"]), ANSWERED)
    if lack:
        return all_lack(("recorded_in_time", "felt_solved", "recorded_to_felt"), lack)
    recorded, felt = t["recorded_in_time"] / t["recorded_closed"], t["felt_solved"] / heard
    return {"recorded_in_time": recorded, "felt_solved": felt, "recorded_to_felt": over(recorded, felt)}
