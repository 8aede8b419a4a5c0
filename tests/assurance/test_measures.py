"""Measures against published values, against plain definitions, and at their edges."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.assurance.measures.arrays import Flags, Numbers
from attending.assurance.measures.calibration import brier, ece, reliability
from attending.assurance.measures.classes import accuracy, f1, hits, macro_f1
from attending.assurance.measures.folds import cross_validated_auroc, out_of_fold
from attending.assurance.measures.intervals import (
    draws,
    paired_interval,
    percentile_interval,
    resamples,
)
from attending.assurance.measures.ranking import (
    auroc,
    average_precision,
    recall_at_budget,
    roc_points,
)
from attending.assurance.measures.text import (
    common_length,
    edit_distance,
    edit_share,
    rouge_l,
    rouge_n,
)

# Scores on a coarse grid: ties are common, as they are where words are counted.
SCORED = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=40)


def arrays(pairs: Sequence[tuple[float, bool]]) -> tuple[Numbers, Flags]:
    return np.array([float(s) for s, _ in pairs]), np.array([p for _, p in pairs], dtype=bool)


def numbers(*values: float) -> Numbers:
    return np.array(values, dtype=np.float64)


def flags(*values: int) -> Flags:
    return np.array(values, dtype=np.bool_)


class TestRanking:
    def test_the_published_example(self) -> None:
        # scikit-learn's own: roc_auc_score 0.75, average_precision_score 0.83.
        scores, positive = numbers(0.1, 0.4, 0.35, 0.8), flags(0, 0, 1, 1)
        assert auroc(scores, positive) == pytest.approx(0.75)
        assert average_precision(scores, positive) == pytest.approx(5 / 6)

    @given(SCORED)
    def test_auroc_is_the_share_of_pairs_in_order(self, pairs: list[tuple[int, bool]]) -> None:
        scores, positive = arrays(pairs)
        duels = list(itertools.product(scores[positive], scores[~positive]))
        if not duels:
            assert np.isnan(auroc(scores, positive))
            return
        won = sum(1.0 if p > n else 0.5 if p == n else 0.0 for p, n in duels)
        assert auroc(scores, positive) == pytest.approx(won / len(duels))

    @given(SCORED)
    def test_average_precision_is_the_sum_over_thresholds(
        self, pairs: list[tuple[int, bool]]
    ) -> None:
        scores, positive = arrays(pairs)
        if not positive.any():
            assert np.isnan(average_precision(scores, positive))
            return
        total, before = 0.0, 0.0
        for threshold in sorted(set(scores), reverse=True):
            said = scores >= threshold
            recall = (said & positive).sum() / positive.sum()
            total += (recall - before) * (said & positive).sum() / said.sum()
            before = recall
        assert average_precision(scores, positive) == pytest.approx(total)

    @given(SCORED, st.sampled_from([0.0, 0.05, 0.1, 0.5, 1.0]))
    def test_the_budget_holds_and_nothing_better_fits_it(
        self, pairs: list[tuple[int, bool]], budget: float
    ) -> None:
        scores, positive = arrays(pairs)
        wrong, clean = scores[positive], scores[~positive]
        found = recall_at_budget(wrong, clean, budget)
        if not len(wrong) or not len(clean):
            assert np.isnan(found.recall)
            return
        limits = [float("-inf"), *scores]
        allowed = [x for x in limits if (clean > x).mean() <= budget + 1e-9]
        assert found.flagged <= budget + 1e-9
        assert found.recall == pytest.approx(max((wrong > x).mean() for x in allowed))

    @given(SCORED)
    def test_the_area_under_the_points_is_auroc(self, pairs: list[tuple[int, bool]]) -> None:
        scores, positive = arrays(pairs)
        points = roc_points(scores, positive)
        if not points:
            assert np.isnan(auroc(scores, positive))
            return
        area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in itertools.pairwise(points))
        assert area == pytest.approx(auroc(scores, positive))
        assert points[0] == (0, 0)
        assert points[-1] == (1, 1)


class TestClasses:
    def test_the_published_example(self) -> None:
        # scikit-learn's own: f1_score(average="macro") 0.26..., accuracy 1/3.
        true, said = np.array(list("012012")), np.array(list("021001"))
        assert macro_f1(said, true) == pytest.approx(0.26666, abs=1e-4)
        assert accuracy(said, true) == pytest.approx(1 / 3)

    def test_precision_recall_and_f1(self) -> None:
        found = hits(flags(1, 1, 1, 0, 0), flags(1, 1, 0, 1, 0))
        assert (found.precision, found.recall) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
        assert found.f1 == pytest.approx(2 / 3)

    def test_without_truth_nothing_is_defined_and_without_answers_all_is_0(self) -> None:
        assert np.isnan(f1(flags(1, 0), flags(0, 0)))
        assert hits(flags(0, 0), flags(1, 0)).precision == 0
        assert f1(flags(0, 0), flags(1, 0)) == 0

    def test_a_class_that_is_never_true_has_no_f1_of_its_own(self) -> None:
        assert macro_f1(np.array(["a", "c"]), np.array(["a", "b"])) == pytest.approx(0.5)


class TestCalibration:
    def test_the_published_brier_score(self) -> None:
        # scikit-learn's own: brier_score_loss 0.0375.
        assert brier(numbers(0.1, 0.9, 0.8, 0.3), flags(0, 1, 1, 0)) == pytest.approx(0.0375)

    def test_ece_by_hand(self) -> None:
        # Bin 0.0-0.1: said 0.05, true 0.5, two items; bin 0.9-1.0: said 0.95, true 1, two.
        said, true = numbers(0.04, 0.06, 0.9, 1.0), flags(0, 1, 1, 1)
        assert ece(said, true) == pytest.approx(0.5 * 0.45 + 0.5 * 0.05)

    @given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50))
    def test_every_item_is_in_one_bin(self, pairs: list[tuple[float, bool]]) -> None:
        said, true = arrays(pairs)
        bins = reliability(said, true)
        assert sum(each.count for each in bins) == len(pairs)
        assert all(each.low <= each.said + 1e-12 for each in bins)
        assert 0 <= ece(said, true) <= 1

    def test_what_is_always_right_has_no_error(self) -> None:
        assert ece(numbers(0, 1, 1, 0), flags(0, 1, 1, 0)) == 0
        assert np.isnan(ece(numbers(), flags()))


class TestText:
    @pytest.mark.parametrize(
        ("candidate", "shared"),
        [("police kill the gunman", 3 / 4), ("the gunman kill police", 2 / 4)],
    )
    def test_rouge_l_as_lin_2004_has_it(self, candidate: str, shared: float) -> None:
        # The paper's own: reference "police killed the gunman", ROUGE-L 3/4 and 2/4.
        found = rouge_l(candidate, "police killed the gunman")
        assert (found.precision, found.recall, found.f1) == (shared, shared, shared)

    def test_rouge_2_of_the_same_example_does_not_tell_them_apart(self) -> None:
        # The paper's point: both share one bigram, "the gunman".
        ones = [rouge_n(c, "police killed the gunman", 2).recall
                for c in ("police kill the gunman", "the gunman kill police")]  # fmt: skip
        assert ones == [1 / 3, 1 / 3]

    def test_a_word_counts_as_often_as_both_have_it(self) -> None:
        found = rouge_n("the the the cat", "the cat the dog", 1)
        assert (found.precision, found.recall) == (3 / 4, 3 / 4)

    def test_an_empty_text_shares_nothing(self) -> None:
        assert rouge_n("", "a b", 1).f1 == 0
        assert rouge_l("", "").f1 == 0

    @given(
        st.lists(st.sampled_from("abc"), max_size=9), st.lists(st.sampled_from("abc"), max_size=9)
    )
    def test_the_longest_subsequence_by_definition(self, a: list[str], b: list[str]) -> None:
        def kept(text: list[str], mask: int) -> tuple[str, ...]:
            return tuple(word for i, word in enumerate(text) if mask >> i & 1)

        mine = {kept(a, mask) for mask in range(1 << len(a))}
        theirs = {kept(b, mask) for mask in range(1 << len(b))}
        assert common_length(a, b) == max(map(len, mine & theirs))

    def test_the_published_edit_distances(self) -> None:
        assert edit_distance("kitten", "sitting") == 3
        assert edit_distance("", "abc") == 3
        assert edit_distance("flaw", "lawn") == 2

    @given(st.text("abc", max_size=9), st.text("abc", max_size=9))
    def test_edits_are_the_least_there_are(self, a: str, b: str) -> None:
        @lru_cache(None)
        def least(i: int, j: int) -> int:
            if i == 0 or j == 0:
                return i + j
            change = least(i - 1, j - 1) + (a[i - 1] != b[j - 1])
            return min(change, least(i - 1, j) + 1, least(i, j - 1) + 1)

        assert edit_distance(a, b) == least(len(a), len(b))
        assert edit_share(a, b) * max(len(a), len(b)) == pytest.approx(edit_distance(a, b))

    def test_a_share_of_nothing_is_nothing(self) -> None:
        shares = (edit_share("", ""), edit_share("abc", ""), edit_share("kitten", "sitting"))
        assert shares == (0, 1, 3 / 7)

    @given(st.text("ab", max_size=7), st.text("ab", max_size=7), st.text("ab", max_size=7))
    def test_edit_distance_is_a_metric(self, a: str, b: str, c: str) -> None:
        assert edit_distance(a, b) == edit_distance(b, a)
        assert (edit_distance(a, b) == 0) == (a == b)
        assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


class TestIntervals:
    def test_the_same_seed_draws_the_same(self) -> None:
        groups = [str(n % 7) for n in range(50)]
        one, other = list(resamples(groups, 5, 3)), list(resamples(groups, 5, 3))
        assert all((a == b).all() for a, b in zip(one, other, strict=True))
        assert any((a != b).any() for a, b in zip(one, resamples(groups, 5, 4), strict=False)
                   if len(a) == len(b))  # fmt: skip

    def test_groups_are_drawn_whole(self) -> None:
        groups = ["a", "b", "a", "c", "b", "b"]
        sizes = {"a": 2, "b": 3, "c": 1}
        for chosen in resamples(groups, 50):
            drawn = [groups[i] for i in chosen]
            assert all(drawn.count(name) % size == 0 for name, size in sizes.items())

    def test_the_interval_of_a_mean_is_the_textbook_one(self) -> None:
        values = np.random.default_rng(1).normal(10, 2, 400)
        drawn = draws(lambda i: [float(values[i].mean())], [str(n) for n in range(400)])
        low, high = percentile_interval(drawn[:, 0])
        half = 1.96 * values.std() / 20
        assert low == pytest.approx(values.mean() - half, abs=0.03)
        assert high == pytest.approx(values.mean() + half, abs=0.03)

    def test_items_of_one_group_are_no_more_evidence_than_one(self) -> None:
        values = np.repeat(np.random.default_rng(2).normal(0, 1, 40), 10)
        alone = [str(n) for n in range(400)]
        together = [str(n // 10) for n in range(400)]
        wide, narrow = (
            np.subtract(*percentile_interval(draws(lambda i: [float(values[i].mean())], g)[:, 0]))
            for g in (together, alone)
        )
        assert wide / narrow == pytest.approx(10**0.5, rel=0.15)

    def test_a_pair_cancels_what_both_find_hard(self) -> None:
        hard = np.random.default_rng(3).normal(0, 5, 200)
        better = hard + 0.2
        low, high = paired_interval(
            lambda i: float(better[i].mean()), lambda i: float(hard[i].mean()), list("ab" * 100)
        )
        assert low == pytest.approx(0.2)
        assert high == pytest.approx(0.2)

    def test_resamples_without_a_value_are_left_out(self) -> None:
        assert percentile_interval(numbers(float("nan"), 1, 1)) == (1, 1)
        assert np.isnan(percentile_interval(numbers(float("nan")))).all()


class TestFolds:
    def drawn(self) -> tuple[Numbers, Flags, list[str]]:
        draw = np.random.default_rng(5)
        positive = draw.random(200) < 0.3
        telling = positive + draw.normal(0, 1, 200)
        noise = draw.normal(0, 1, (200, 3))
        return np.hstack([telling[:, None], noise]), positive, [str(n // 4) for n in range(200)]

    def test_noise_tells_nothing_where_it_was_not_fitted(self) -> None:
        features, positive, groups = self.drawn()
        assert abs(cross_validated_auroc(features[:, 1:], positive, groups) - 0.5) < 0.1

    def test_what_tells_is_found(self) -> None:
        features, positive, groups = self.drawn()
        alone = auroc(features[:, 0], positive)
        assert cross_validated_auroc(features, positive, groups) == pytest.approx(alone, abs=0.05)

    def test_no_item_is_told_by_its_own_group(self) -> None:
        # A feature that names the group would be learnt by heart, if folds cut groups.
        draw = np.random.default_rng(6)
        groups = [str(n // 10) for n in range(100)]
        positive = np.array([int(g) % 2 == 0 for g in groups])
        named = np.eye(10)[[int(g) for g in groups]]
        told = auroc(
            out_of_fold(named + draw.normal(0, 0.01, (100, 10)), positive, groups), positive
        )
        assert told < 0.6

    @settings(max_examples=5)
    @given(st.integers(0, 100))
    def test_the_same_seed_gives_the_same(self, seed: int) -> None:
        draw = np.random.default_rng(7)
        features, positive = draw.normal(0, 1, (40, 2)), draw.random(40) < 0.4
        groups = [str(n) for n in range(40)]
        one = out_of_fold(features, positive, groups, seed)
        assert (one == out_of_fold(features, positive, groups, seed)).all()
