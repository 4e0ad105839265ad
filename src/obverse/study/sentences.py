"""Verdicts in plain words: who is best, by how much, and who cannot be told apart from the best."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import isfinite

from .metrics import Metric
from .questions.question import Question
from .stats import FEWEST, Paired, Ranking


def verdict(
    question: Question,
    metric: Metric,
    ranking: Ranking,
    *,
    weak: Collection[str],
    references: Mapping[str, float | None],
    splits: int,
    unfinished: bool = False,
) -> str:
    """The answer to a question as a sentence.

    Args:
        question: what was asked.
        metric: the deciding figure.
        ranking: of the families that have it.
        weak: families that are baselines.
        references: mean of the deciding figure by name of the reference.
        splits: how many there are.
        unfinished: some family has not been asked yet.
    """
    best = ranking.best
    if best is None:
        return "No answer yet: the study was stopped before." if unfinished else "No family here has an answer."
    figure = f"{metric.title} {metric.show(ranking.means[best])}{_beside(metric, ranking, weak, references)}"
    if not question.verb:
        return _range(metric, ranking)
    if len(ranking.order) == 1:
        return f"Only {best} has an answer: {figure}."
    if splits < FEWEST:
        return f"{best} has the best mean, {figure}; with {splits} split{'s' * (splits > 1)} that may be chance."
    if best in weak:
        return f"Nothing beats the baseline {best}: {figure}{_ties(ranking)}."
    if metric.chance is not None and ranking.means[best] <= metric.chance:
        return f"Nobody does better than guessing ({metric.show(metric.chance)}): the best mean is {best}'s, {figure}."
    level = [name for name in ranking.ties if name in weak]
    if level:
        tied = [name for name in ranking.ties if name not in weak]
        others = f"; no difference found to {together(tied)}" if tied else ""
        return f"Nobody is shown to beat the {_baselines(level)}: the best mean is {best}'s, {figure}{others}."
    return f"{best} {question.verb}: {figure}{_ties(ranking)}{_lead(metric, ranking, weak)}."


def together(names: Collection[str]) -> str:
    """`a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _beside(metric: Metric, ranking: Ranking, weak: Collection[str], references: Mapping[str, float | None]) -> str:
    """What to read the figure against, in brackets."""
    known = [f"{name} {metric.show(mean)}" for name, mean in references.items() if mean is not None]
    floors = [
        f"{name} {metric.show(ranking.means[name])}" for name in ranking.order if name in weak and name != ranking.best
    ]
    if floors:
        known.append(_baselines(floors))
    return f" ({', '.join(known)})" if known else ""


def _baselines(names: Collection[str]) -> str:
    return f"{'baselines' if len(names) > 1 else 'baseline'} {together(names)}"


def _ties(ranking: Ranking) -> str:
    return f"; no difference found to {together(ranking.ties)}" if ranking.ties else ""


def _lead(metric: Metric, ranking: Ranking, weak: Collection[str]) -> str:
    """By how much the best leads the next family that is no baseline and no tie."""
    behind = [n for n in ranking.order if n not in weak and n != ranking.best and n not in ranking.ties]
    if not behind:
        return ""
    gap = ranking.against_best[behind[0]]
    if gap.mean_difference is None or not isfinite(gap.mean_difference):
        return f"; ahead of {behind[0]}"
    return f"; ahead of {behind[0]} by {metric.show(abs(gap.mean_difference))}{_interval(metric, gap)}"


def _interval(metric: Metric, gap: Paired) -> str:
    if gap.low is None or gap.high is None or gap.low == gap.high:
        return ""
    low, high = sorted((abs(gap.low), abs(gap.high)))
    return f" (95 % interval {metric.show(low)} to {metric.show(high)})"


def _range(metric: Metric, ranking: Ranking) -> str:
    first, last = ranking.order[0], ranking.order[-1]
    if first == last:
        return f"Training {first} takes {metric.show(ranking.means[first])} s."
    quick, slow = (f"{metric.show(ranking.means[n])} s ({n})" for n in (first, last))
    return f"Training takes from {quick} to {slow}."
