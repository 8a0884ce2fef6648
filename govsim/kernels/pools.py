"""Pools of records: append-only arrays in order of creation, compacted every day with the order kept.

So what is processed first never depends on which slot happened to be free.
"""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled, inlined
from govsim.randomness import words
from govsim.world.records import OPEN


@inlined
def problem_entity(problem):
    """The number that identifies a problem, with its day of birth, inside its compound's stream."""
    return np.int64(problem.kind) * 4096 + np.int64(problem.number)


@compiled
def fill_words(key, process, k, b, day, first, out):
    """Draws for consecutive entities, four to a block: out[j] is the 32-bit draw of entity 4 * first + j.

    Written as one branch-free loop so that the compiler makes vector code of it; `out` is uint32, a multiple of four.
    """
    for i in range(out.shape[0] // 4):
        w = words(key, process, k, first + i, b, day)
        out[4 * i] = np.uint32(w[0])
        out[4 * i + 1] = np.uint32(w[1])
        out[4 * i + 2] = np.uint32(w[2])
        out[4 * i + 3] = np.uint32(w[3])


@compiled
def index_by_compound(problems, n, n_compounds):
    """CSR of the problems that are there, by compound: (start, order); order keeps the order of creation."""
    start = np.zeros(n_compounds + 1, np.int64)
    for i in range(n):
        if problems[i].gone == 0:
            start[problems[i].compound + 1] += 1
    for c in range(n_compounds):
        start[c + 1] += start[c]
    order = np.empty(start[n_compounds], np.int32)
    at = start[:-1].copy()
    for i in range(n):
        if problems[i].gone == 0:
            c = problems[i].compound
            order[at[c]] = i
            at[c] += 1
    return start, order


@compiled
def compact(problems, n_problems, cases, n_cases, complaints, n_complaints, line, n_line):
    """Drop what is finished, keep the order, and renumber the references. Returns the four new counts.

    A complaint goes when it is done, a case when it has a result, a problem when it is gone and has no open case.
    """
    case_at = np.full(n_cases, -1, np.int32)
    kept_cases = 0
    for i in range(n_cases):
        if cases[i].result == OPEN:
            case_at[i] = kept_cases
            cases[kept_cases] = cases[i]
            kept_cases += 1
    problem_at = np.full(n_problems, -1, np.int32)
    kept_problems = 0
    for i in range(n_problems):
        case = problems[i].case
        if case >= 0:
            problems[i].case = case_at[case]
        if problems[i].gone == 0 or problems[i].case >= 0:
            problem_at[i] = kept_problems
            problems[kept_problems] = problems[i]
            kept_problems += 1
    for i in range(kept_cases):
        cases[i].problem = problem_at[cases[i].problem]
    kept = 0
    for i in range(n_complaints):
        if complaints[i].done == 0:
            if complaints[i].case >= 0:
                complaints[i].case = case_at[complaints[i].case]
            complaints[i].problem = problem_at[complaints[i].problem]
            complaints[kept] = complaints[i]
            kept += 1
    kept_line = 0
    for i in range(n_line):
        case = case_at[line[i]]
        if case >= 0:
            line[kept_line] = case
            kept_line += 1
    return kept_problems, kept_cases, kept, kept_line
