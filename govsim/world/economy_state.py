"""What changes in the property economy: households' fees, contracts, firms, effort and the compounds' books."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from govsim.kernels.households import settle_in
from govsim.randomness import Process, uniforms
from govsim.vocabulary import ACCOUNTS
from govsim.world.records import CONTRACT, FIRM, HOUSEHOLD
from govsim.world.serving import SELF_MANAGED
from govsim.world.tables import F64, I32, I64, U8
from govsim.world.world import World

FEN = 100.0  # a yuan
AREA = 10_000.0  # m2 that posts are stated for
_FEE = 16  # k of the first day's draw by Process.MARKET


@dataclass
class EconomyState:
    """Money is in fen (cents of a yuan), whole numbers, so that it balances to the cent."""

    households: np.ndarray  # records.HOUSEHOLD (households,)
    contracts: np.ndarray  # records.CONTRACT (compounds,)
    firms: np.ndarray  # records.FIRM (firms,)
    effort: F64  # (compounds, services) share of full service that is delivered, 0..1
    fee: I64  # (compounds,) fen per home and month
    accounts: I64  # (compounds, vocabulary.ACCOUNTS) fen; each row sums to zero
    billed: I64  # (compounds,) fen billed to households since the start, the fund's first balance included
    written_off: I64  # (compounds,) fen of debts given up
    first_fund: I64  # (compounds,) fen: the maintenance fund's first balance
    repairs_due: I64  # (compounds,) fen that the fund owes for repairs done since the last settlement
    lost: I32  # (compounds,) row of the firm that lost the contract to a vote since the last month's end, else -1


@dataclass(frozen=True)
class Tariff:
    """What service costs and brings in each compound, fen a month at standard cost; fixed for a world."""

    full: F64  # (compounds, services) cost of full service
    potential: F64  # (compounds,) what comes in if everybody pays, common parts included
    public: I64  # (compounds,) what common parts bring
    alone: U8  # (compounds,) 1: manages itself
    fee: I64  # (compounds,) fen per home


def tariff(world: World) -> Tariff:
    """Fees and costs by type and floor area; the fee of a compound differs by its own keyed factor."""
    from scipy.special import ndtri

    c, p = world.compounds, world.parameters
    spread = p["economy.fee_spread"]
    own = ndtri(uniforms(cast(np.uint64, world.place["stream"]), Process.MARKET, _FEE, np.zeros(len(c), np.int64)))
    fee = p["economy.fee_per_m2"][c.type] * c.dwelling_m2 * np.exp(spread * own - 0.5 * spread**2)
    cost = p["economy.posts"] * p["economy.wage"][:, None] / (1.0 - p["economy.materials"])
    area = (c.dwellings * c.dwelling_m2 / AREA)[:, None]
    public = np.round(p["economy.public_income"][c.type] * c.dwellings * FEN).astype(np.int64)
    fee_fen = np.round(fee * FEN).astype(np.int64)
    potential = fee_fen * world.place["households"].astype(np.float64) + public
    return Tariff(np.ascontiguousarray(FEN * area * cost.T[c.type]), potential, public, alone(world), fee_fen)


def alone(world: World) -> U8:
    """Which compounds manage themselves (n,): 1 or 0."""
    names, firm = world.institutions.firms, world.compounds.firm
    return np.array([f >= 0 and names[f].startswith(SELF_MANAGED) for f in firm], np.uint8)


def begin_economy(world: World) -> EconomyState:
    """The economy on the first day of the burn-in: effort and payers are such as go with the service that was drawn."""
    c, n, p = world.compounds, len(world.compounds), world.parameters
    rates, quality = tariff(world), world.compounds.quality
    able = p["economy.quality_least"] + p["economy.quality_condition"] * c.condition
    low, high = p["economy.start_none"], p["economy.start_all"]
    willing = np.clip((quality.mean(1) - low) / (high - low), 0.0, 1.0)
    households = np.zeros(world.population.households, HOUSEHOLD)
    settle_in(
        world.place, c.type, p["economy.payer_share"], p["economy.pay_level"], p["economy.pay_spread"], willing, households,
    )  # fmt: skip
    owner = np.repeat(np.arange(n), world.place["households"])
    paying = np.bincount(owner, households["pays"], n) / world.place["households"]
    contracts = np.zeros(n, CONTRACT)
    contracts["firm"], contracts["former"], contracts["vacant_until"], contracts["cost"] = c.firm, -1, -1, 1.0
    contracts["since"] = -round(p["self_government.firm_vote_grace"])  # nobody is new on the first day
    contracts["income"] = rates.public + paying * (rates.potential - rates.public)
    first = np.round(p["economy.fund_per_m2"][c.type] * c.dwelling_m2 * c.dwellings * FEN).astype(np.int64)
    held = np.round(c.fund * first).astype(np.int64)
    accounts = np.zeros((n, len(ACCOUNTS)), np.int64)
    accounts[:, ACCOUNTS.index("fund")], accounts[:, ACCOUNTS.index("households")] = held, -held
    return EconomyState(
        households=households,
        contracts=contracts,
        firms=_firms(world, rates),
        effort=np.clip(quality / able[:, None], 0.0, 1.0),
        fee=rates.fee.copy(),
        accounts=accounts,
        billed=held.copy(),
        written_off=np.zeros(n, np.int64),
        first_fund=first,
        repairs_due=np.zeros(n, np.int64),
        lost=np.full(n, -1, np.int32),
    )


def _firms(world: World, rates: Tariff) -> np.ndarray:
    """Firms on the first day: their reputation is the quality of their compounds."""
    c, m = world.compounds, len(world.institutions.firms)
    firms = np.zeros(m, FIRM)
    has = c.firm >= 0
    held = np.bincount(c.firm[has], minlength=m)
    good = np.bincount(c.firm[has], c.quality.mean(1)[has], m)
    firms["reputation"] = good / np.maximum(held, 1)
    firms["risk"] = world.parameters["economy.risk_start"]
    firms["homes"] = np.bincount(c.firm[has], c.dwellings[has], m).astype(np.int64)
    firms["homes"][c.firm[has & (rates.alone == 1)]] = 0
    return firms
