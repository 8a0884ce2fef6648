"""Draws: the published answers, the same bits in all twins, uniform and independent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from experiments.speed.plain_draws import KeyedDraws, philox
from govsim.kernels import pools
from govsim.randomness import Process, _rounds, poisson, stream, two_uniforms, uniform, uniforms, unit32, words

KEY = stream(3, "somebody")
WORD = st.integers(0, 2**32 - 1)
count: Any = poisson  # compiled


@pytest.mark.parametrize(
    ("key", "counter", "answer"),
    [
        ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 4, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0xA4093822, 0x299F31D0),
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_answers(key, counter, answer):
    """Would notice a wrong multiplier, key schedule, number of rounds or order of words (Random123 known answers)."""
    whole = key[0] | key[1] << 32
    assert tuple(map(int, _rounds(np.uint64(whole), *map(np.uint64, counter)))) == answer
    assert philox(whole, counter) == answer


@settings(max_examples=60, deadline=None)
@given(key=st.integers(0, 2**64 - 1), process=st.sampled_from(Process), k=st.integers(0, 65535), a=WORD, b=WORD, day=WORD)
def test_compiled_numpy_and_plain_draws_are_the_same_bits(key, process, k, a, b, day):
    """Would notice twins that pack the key differently, or lose a bit on the way to a float."""
    once = uniform(np.uint64(key), int(process), k, a, b, day)
    assert 0.0 < once < 1.0
    assert once == uniforms(np.uint64(key), process, k, np.array([a]), b, day)[0]
    assert (once, two_uniforms(np.uint64(key), int(process), k, a, b, day)[1]) == KeyedDraws().two(key, process, k, a, b, day)


def test_block_draws_are_the_words_one_by_one():
    """Would notice a block loop that shifts, swaps or skips entities, or a plain twin that counts otherwise."""
    out = np.empty(64, np.uint32)
    pools.fill_words(KEY, 11, 2, 5, 77, 1000, out)
    assert out.tolist() == [int(w) for i in range(16) for w in words(KEY, 11, 2, 1000 + i, 5, 77)]
    pools.fill_words(KEY, 11, 0, 0, 77, 3, out)
    keyed = KeyedDraws()
    assert [unit32(np.uint64(w)) for w in out] == [keyed.daily(int(KEY), 11, 12 + j, 77) for j in range(64)]


VARIED = {
    "entity": lambda n: uniforms(KEY, 11, 0, np.arange(n), 3, 40),
    "second entity": lambda n: np.array([uniforms(KEY, 11, 0, np.array([7]), b, 40)[0] for b in range(n)]),
    "day": lambda n: np.array([uniforms(KEY, 11, 0, np.array([7]), 3, d)[0] for d in range(n)]),
    "k": lambda n: np.array([uniforms(KEY, 11, k, np.array([7]), 3, 40)[0] for k in range(n)]),
    "owner": lambda n: np.array([uniforms(stream(1, 0, "compound", i), 11, 0, np.array([7]))[0] for i in range(n)]),
    "seed": lambda n: np.array([uniforms(stream(i, 0, "compound", "a"), 11, 0, np.array([7]))[0] for i in range(n)]),
}


@pytest.mark.parametrize("varied", VARIED)
def test_draws_are_uniform_and_neighbours_independent(varied):
    """Would notice draws that are skewed, or that hang together between one key and the next."""
    draws = VARIED[varied](4096)
    cells = np.floor(draws * 8).astype(int)
    assert stats.chisquare(np.bincount(cells, minlength=8)).pvalue > 1e-4
    for lag in (1, 4):
        pairs = np.bincount(cells[:-lag] * 8 + cells[lag:], minlength=64)
        assert stats.chisquare(pairs).pvalue > 1e-4, lag


@pytest.mark.parametrize("mean", [0.003, 0.4, 2.7, 31.0])
def test_poisson_has_its_distribution(mean):
    """Would notice a wrong start, step or end of the inverse CDF."""
    chances = (np.arange(20_000) + 0.5) / 20_000
    counts = np.array([count(mean, u) for u in chances])
    assert np.array_equal(counts, stats.poisson.ppf(chances, mean).astype(int))


@settings(max_examples=80, deadline=None)
@given(u=st.floats(1e-12, 1 - 1e-12), mean=st.floats(0.0, 60.0), more=st.floats(0.0, 20.0))
def test_poisson_never_falls_when_the_mean_rises(u, mean, more):
    """Would notice a count that crosses over: arms of a comparison would part for no reason."""
    assert count(mean + more, u) >= count(mean, u)
