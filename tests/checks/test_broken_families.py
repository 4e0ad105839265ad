"""The battery can fail: families broken in one way each, and the check that must notice; the honest one passes it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from obverse import checks
from obverse.checks import BATTERY, Subject, check, load_file
from obverse.core.errors import BadInput
from obverse.core.evidence import Evidence
from obverse.core.queries import Prediction
from obverse.families.naive_bayes import NaiveBayes

CHECKS = {c.name: c for c in BATTERY}
CARD = replace(NaiveBayes.card, tasks=frozenset({"class"}))


class Honest(NaiveBayes):
    card = replace(CARD, key="honest")


class SumsToNinetyPercent(Honest):
    def _predict(self, given):
        return Prediction(proba=0.9 * super()._predict(given).proba)


class Overconfident(Honest):
    def _predict(self, given):
        proba = super()._predict(given).proba ** 2
        return Prediction(proba=proba / proba.sum(axis=1, keepdims=True))


class KnowsNothing(Honest):
    def _predict(self, given):
        return Prediction(proba=np.tile([0.6, 0.4], (len(given), 1)))


class LooksAtItsNeighbours(Honest):
    def _predict(self, given):
        proba = super()._predict(given).proba.copy()
        proba[:, 0] = 0.9 * proba[:, 0] + 0.1 * proba[:, 0].mean()
        return Prediction(proba=np.column_stack([proba[:, 0], 1 - proba[:, 0]]))


class RefusesHoles(Honest):
    def _predict(self, given):
        if np.isnan(given.values[:, :2]).any():
            raise BadInput("no missing cells, please")
        return super()._predict(given)


class Copies(Honest):
    def _fit(self, data, rng):
        super()._fit(data, rng)
        self.rows_ = data.values

    def _sample(self, n, given, rng):
        return self.rows_[rng.integers(len(self.rows_), size=n)]


class DrawsWithoutSeed(Honest):
    def _sample(self, n, given, rng):
        return super()._sample(n, given, np.random.default_rng())


class DrawsAlwaysTheSame(Honest):
    def _sample(self, n, given, rng):
        return super()._sample(n, given, np.random.default_rng(0))


class IgnoresConditions(Honest):
    def _sample(self, n, given, rng):
        return super()._sample(n, Evidence.nothing(given.values.shape[1]), rng)


class TearsColumnsApart(Honest):
    def _sample(self, n, given, rng):
        return rng.permuted(super()._sample(n, given, rng), axis=0)


class WearsTheLabel(Honest):
    def _sample(self, n, given, rng):
        rows = super()._sample(n, Evidence.nothing(given.values.shape[1]), rng)
        t = self.schema_.target_index
        rows[:, t] = super()._sample(n, given, rng)[:, t]
        return rows


class NeverMissing(Honest):
    def _sample(self, n, given, rng):
        rows = super()._sample(n, given, rng)
        return np.where(np.isnan(rows), 0.0, rows)


class AddsToLogProb(Honest):
    def _log_prob(self, event):
        return super()._log_prob(event) + 0.5


class GuessesUnknownCells(Honest):
    def _log_prob(self, event):
        known = np.nan_to_num(event.values, nan=1.0)
        return super()._log_prob(Evidence(known, event.regions))


class ForgetsUnseen(Honest):
    def _log_prob(self, event):
        return super()._log_prob(Evidence(np.where(event.values < 0, 0.0, event.values), event.regions))


class LeavesHoles(Honest):
    def _impute(self, given, draws, rng):
        return [given.values.copy() for _ in range(draws or 1)]


class ImputesTheMean(Honest):
    def _fit(self, data, rng):
        super()._fit(data, rng)
        self.mean_ = np.round(np.nanmean(data.values, axis=0))

    def _impute(self, given, draws, rng):
        return [np.where(np.isnan(given.values), self.mean_, given.values) for _ in range(draws or 1)]


class ChangesItsArguments(Honest):
    def _fit(self, data, rng):
        super()._fit(data, rng)
        self.strength = float(self.strength) * 2


class UsesTheGlobalGenerator(Honest):
    def _fit(self, data, rng):
        super()._fit(data, rng)
        np.random.random()


class RemembersTheFirstFit(Honest):
    def _fit(self, data, rng):
        super()._fit(data, rng)
        self.fits = getattr(self, "fits", 0) + 1

    def _log_prob(self, event):
        return super()._log_prob(event) + self.fits - 1


class SavesTooLittle(Honest):
    def _fit(self, data, rng):
        super()._fit(data, rng)
        self.bonus_ = 1.0

    def _log_prob(self, event):
        return super()._log_prob(event) + self.bonus_

    def _restore(self, state):
        super()._restore(state)
        self.bonus_ = 0.0


class ConvertsInInit(Honest):
    def __init__(self, strength=1.0, bins=20, random_state=None):
        super().__init__(str(strength), bins, random_state)


class TalksInInit(Honest):
    def __init__(self, strength=1.0, bins=20, random_state=None):
        super().__init__(strength, bins, random_state)
        print("ready")


class NeedsAnArgument(Honest):
    def __init__(self, strength, random_state=None):
        super().__init__(strength, random_state=random_state)


class SaysNothing(Honest):
    card = replace(CARD, key="says_nothing", references=(), objective=" ")


class ClaimsAnotherName(Honest):
    card = replace(CARD, key="something_else")


class ClaimsToLearnWithoutTarget(Honest):
    card = replace(CARD, key="honest", learns=frozenset({"P(x)", "P(x,y)"}), needs_target=False)

    def _fit(self, data, rng):
        if data.schema.target is None:
            raise BadInput("a target, please")
        super()._fit(data, rng)


CAUGHT = {
    SumsToNinetyPercent: "check_class_probabilities_are_probabilities",
    Overconfident: "check_predict_is_bayes_of_log_prob",
    KnowsNothing: "check_classes_are_predicted_better_than_by_the_prior",
    LooksAtItsNeighbours: "check_a_row_is_answered_alone_as_in_a_batch",
    RefusesHoles: "check_missing_inputs_are_answered",
    Copies: "check_samples_are_no_copies",
    DrawsWithoutSeed: "check_same_seed_same_answers",
    DrawsAlwaysTheSame: "check_another_seed_another_sample",
    IgnoresConditions: "check_given_holds_in_every_row",
    TearsColumnsApart: "check_samples_follow_the_models_own_log_prob",
    NeverMissing: "check_samples_have_the_share_of_missing_cells",
    AddsToLogProb: "check_probabilities_of_all_rows_sum_to_one",
    GuessesUnknownCells: "check_unknown_cells_are_summed_out",
    ForgetsUnseen: "check_categories_never_met_have_no_probability",
    LeavesHoles: "check_no_hole_remains",
    ImputesTheMean: "check_guessed_numbers_beat_the_mean",
    ChangesItsArguments: "check_nothing_given_is_changed",
    UsesTheGlobalGenerator: "check_nothing_given_is_changed",
    RemembersTheFirstFit: "check_second_fit_forgets_the_first",
    SavesTooLittle: "check_loaded_model_answers_alike",
    ConvertsInInit: "check_init_only_stores",
    TalksInInit: "check_init_only_stores",
    NeedsAnArgument: "check_builds_without_arguments",
    SaysNothing: "check_card_is_complete",
    ClaimsAnotherName: "check_key_is_the_name_of_the_file",
    ClaimsToLearnWithoutTarget: "check_takes_the_targets_of_the_card",
}
ALSO_CAUGHT = (
    (TearsColumnsApart, "check_samples_know_how_columns_hang_together"),
    (TearsColumnsApart, "check_classes_of_samples_are_as_frequent_as_predicted"),
    (WearsTheLabel, "check_predict_recovers_the_class_sampled"),
    (Overconfident, "check_log_prob_of_the_label_is_log_of_predict"),
    (AddsToLogProb, "check_mean_log_prob_stays_below_the_truth"),
    (AddsToLogProb, "check_density_integrates_to_one"),
    (AddsToLogProb, "check_atoms_and_grids_sum_to_one"),
    (GuessesUnknownCells, "check_hiding_a_category_never_lowers"),
    (ImputesTheMean, "check_draws_differ_and_keep_the_spread"),
    (ImputesTheMean, "check_guessed_categories_beat_the_mode"),
    (ImputesTheMean, "check_imputed_draws_follow_the_prediction"),
)


@pytest.mark.parametrize(
    ("family", "name"), [*CAUGHT.items(), *ALSO_CAUGHT], ids=lambda v: v if isinstance(v, str) else v.__name__
)
def test_a_broken_family_is_caught_by_name(family, name, monkeypatch):
    monkeypatch.setattr(checks, "BATTERY", (CHECKS[name],))
    assert check(Honest).outcomes[0].status == "passed"
    caught = check(family).outcomes[0]
    assert caught.status == "failed"
    assert len(caught.message) > 30  # it teaches


def test_no_family_may_override_a_public_verb():
    with pytest.raises(TypeError, match="overrides log_prob"):

        class OwnVerb(Honest):
            def log_prob(self, X):
                return np.zeros(len(X))


SOURCE = """
from dataclasses import replace
from obverse.families.naive_bayes import NaiveBayes
{first}

class Mine(NaiveBayes):
    card = replace(NaiveBayes.card, key="mine")

    def _log_prob(self, event):
        return super()._log_prob(event) + {bonus}
"""


@pytest.mark.parametrize(
    ("first", "bonus", "message"),
    [
        ("import sklearn", "0.0", "loads sklearn"),
        ("", "hash('order of sets and text')", "another process answers log_prob"),
    ],
    ids=["heavy import", "hash of text"],
)
def test_another_process_tells(tmp_path: Path, first, bonus, message):
    path = tmp_path / "mine.py"
    path.write_text(SOURCE.format(first=first, bonus=bonus))
    with pytest.raises(AssertionError, match=message):
        CHECKS["check_import_is_light_and_processes_agree"](Subject(load_file(path)[0]))
