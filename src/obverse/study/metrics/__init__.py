"""The figures of a study: one file a question, and the table that titles them and says which way is better.

The functions are plain: labels, probabilities or pandas tables in, a float (or None where undefined) out; none knows a
model. Report and terminal take titles, directions and digits from `METRICS`.
"""

from __future__ import annotations

from collections.abc import Iterator

from .metric import Better, Metric, Question
from .of_texts import OF_TEXTS

__all__ = ["LABELS", "METRICS", "Better", "Metric"]
LABELS = (20, 50, 100, 500, 2000)  # sizes of a few labels


_TABLE = (
    Metric("accuracy", "predict", "Accuracy", "higher", "Share of rows whose class was predicted right."),
    Metric(
        "roc_auc",
        "predict",
        "ROC-AUC",
        "higher",
        "Chance that a row of a class is ranked above a row of another class; 0.5 is guessing.",
        chance=0.5,
    ),
    Metric(
        "f1",
        "predict",
        "F1",
        "higher",
        "How well the rarer of two classes, or on average each of several, is found: the harmonic mean of the share of "
        "finds that are right and the share that is found.",
    ),
    Metric(
        "r2",
        "predict",
        "R²",
        "higher",
        "Share of the target's variance that the predictions explain; 0 is as good as always saying the mean.",
        chance=0.0,
    ),
    Metric("rmse", "predict", "RMSE", "lower", "Typical size of a prediction error, in the target's units.", unit=True),
    Metric(
        "log_loss",
        "probabilities",
        "Log-loss",
        "lower",
        "Surprise, in nats, at the true class under the predicted probabilities; one confident mistake costs much.",
    ),
    Metric(
        "brier",
        "probabilities",
        "Brier score",
        "lower",
        "Mean squared gap between the predicted probabilities and what happened.",
    ),
    Metric(
        "ece",
        "probabilities",
        "ECE",
        "lower",
        "How far the stated confidence is from the share of correct answers, on average.",
    ),
    Metric(
        "nll",
        "probabilities",
        "Negative log-density",
        "lower",
        "Surprise, in nats, at the true number under the predicted distribution.",
    ),
    Metric(
        "c2st",
        "create",
        "C2ST",
        "half",
        "How well boosted trees tell created rows from real ones; 0.5 is not at all, 1 is every time.",
    ),
    Metric(
        "tstr",
        "create",
        "TSTR",
        "higher",
        "Score, on real rows, of boosted trees trained on created rows alone; compare with TRTR.",
    ),
    Metric(
        "trtr",
        "create",
        "TRTR",
        "higher",
        "Score, on real rows, of boosted trees trained on the real training rows: the reference for TSTR.",
    ),
    Metric(
        "dcr_share",
        "create",
        "DCR share",
        "half",
        "Share of created rows nearer to a training row than to an unseen real row; well above 0.5 means copying.",
        short="DCR",
    ),
    Metric(
        "near_copies",
        "create",
        "Near copies",
        "lower",
        "Share of created rows nearer to a training row than 99 of 100 unseen real rows are; those have about 0.01.",
        short="near",
    ),
    Metric(
        "exact_copies",
        "create",
        "Exact copies",
        "lower",
        "Share of created rows equal to a training row in every cell; compare with the share of unseen real rows.",
        4,
        short="copies",
    ),
    Metric(
        "membership_auc",
        "create",
        "Membership AUC",
        "half",
        "How well the created rows alone tell who was in training, from unseen real rows; 0.5 is guessing.",
        short="member",
        chance=0.5,
    ),
    Metric(
        "membership_auc_model",
        "create",
        "Membership AUC, model",
        "half",
        "How well the model itself, by log p(x), tells who was in training; what handing out a saved model gives away.",
        short="by model",
        chance=0.5,
    ),
    Metric(
        "nrmse",
        "fill",
        "NRMSE of numbers",
        "lower",
        "Typical error of a filled number, in standard deviations of its column; filling in the mean gives about 1.",
    ),
    Metric(
        "impute_accuracy",
        "fill",
        "Accuracy of categories",
        "higher",
        "Share of hidden categories that were filled in right.",
    ),
    Metric(
        "flag_rows",
        "flag",
        "Odd rows, ROC-AUC",
        "higher",
        "Chance that a row whose cells were mixed from several rows is rated odder than a real row; 0.5 is guessing.",
        short="odd rows",
        chance=0.5,
    ),
    Metric(
        "flag_cells",
        "flag",
        "Odd cells, ROC-AUC",
        "higher",
        "Chance that a cell swapped in from another row is rated odder than a cell left alone; 0.5 is guessing.",
        short="odd cells",
        chance=0.5,
    ),
    Metric(
        "flag_labels",
        "flag",
        "Wrong targets, ROC-AUC",
        "higher",
        "Chance that a target swapped for another row's is rated odder than a right one; 0.5 is guessing.",
        short="wrong targets",
        chance=0.5,
    ),
    Metric(
        "frechet",
        "create",
        "Fréchet distance",
        "lower",
        "How far the features that a judge reads from made pictures are from those of unseen real ones, as normal "
        "distributions; training pictures are not at 0 either.",
        2,
        short="Fréchet",
    ),
    Metric(
        "read_as_asked",
        "create",
        "Read as asked",
        "higher",
        "Share of made pictures that a judge, trained on the real training pictures, reads as the class asked for.",
        short="read",
    ),
    Metric(
        "spread",
        "create",
        "Spread",
        "higher",
        "How much pictures of a class vary, as a share of how much real ones do; low means too much alike.",
    ),
    Metric(
        "nearer_share",
        "create",
        "Nearer to train",
        "half",
        "Share of made pictures nearer to a training picture than to an unseen one; well above 0.5 means copying.",
        short="nearer",
    ),
    Metric(
        "precision",
        "create",
        "Precision",
        "higher",
        "Share of made pictures within reach of real ones, in what a judge sees.",
        short="prec.",
    ),
    Metric(
        "recall",
        "create",
        "Recall",
        "higher",
        "Share of real pictures within reach of made ones, in what a judge sees: low means that kinds are missing.",
    ),
    Metric(
        "fill_rmse",
        "fill",
        "RMSE of pixels",
        "lower",
        "Typical error of a filled number, in grey levels from 0 to 255.",
        1,
    ),
    Metric(
        "flag_halves",
        "flag",
        "Halves of two, ROC-AUC",
        "higher",
        "Chance that a picture put together from two classes is rated odder than a real one; 0.5 is guessing.",
        short="halves",
        chance=0.5,
    ),
    Metric(
        "flag_upside_down",
        "flag",
        "Upside down, ROC-AUC",
        "higher",
        "Chance that a picture turned upside down is rated odder than a real one; 0.5 is guessing.",
        short="upside down",
        chance=0.5,
    ),
    Metric(
        "accuracy_changed",
        "shift",
        "Accuracy, changed",
        "higher",
        "Share of changed pictures whose class was predicted right, over all changes and strengths.",
        short="all changes",
    ),
    Metric(
        "accuracy_plain",
        "shift",
        "Accuracy, as they are",
        "higher",
        "Share of the same pictures, unchanged, whose class was predicted right.",
        short="as they are",
    ),
    Metric(
        "accuracy_brightness",
        "shift",
        "Accuracy, brighter",
        "higher",
        "Share predicted right of pictures made 20 to 60 % brighter.",
        short="brighter",
    ),
    Metric(
        "accuracy_rotation",
        "shift",
        "Accuracy, turned",
        "higher",
        "Share predicted right of pictures turned by 15 to 45 degrees.",
        short="turned",
    ),
    Metric(
        "accuracy_noise",
        "shift",
        "Accuracy, noisy",
        "higher",
        "Share predicted right of pictures with noise of 20 to 60 grey levels.",
        short="noisy",
    ),
    Metric(
        "accuracy_occlusion",
        "shift",
        "Accuracy, covered",
        "higher",
        "Share predicted right of pictures of which 6 to 25 % are covered.",
        short="covered",
    ),
    Metric("fit_s", "cost", "Fit, s", "lower", "Seconds to train.", 2),
    Metric("predict_rows_s", "cost", "Predict, rows/s", "higher", "Rows predicted in a second.", 0),
    Metric("sample_rows_s", "cost", "Create, rows/s", "higher", "Rows created in a second.", 0),
    Metric("peak_mb", "cost", "Peak memory, MB", "lower", "Most memory the work held at once, in megabytes.", 0),
)

# Questions that measure the prediction again under other conditions: ROC-AUC of classes, R² of numbers.
_AGAIN: dict[Question, dict[str, tuple[str, str]]] = {
    "missing": {
        "full": ("no holes", "when the row is complete"),
        "holes": ("holes left", "when 30 % of its cells are hidden and the model has to cope"),
        "filled": ("filled by means", "when hidden cells are first filled with the column's mean or commonest value"),
        "own": ("filled by itself", "when the family first fills the hidden cells itself, then predicts"),
    },
    "labels": {
        **{str(n): (f"{n} labels", f"when only {n} rows with their targets were learned from") for n in LABELS},
        "all": ("all labels", "when every training row was learned from"),
    },
    "shift": {
        "outside": ("outside", "on rows from the region that was kept out of training"),
        "inside": ("inside", "on unseen rows from the region it was trained in"),
    },
}
_PREDICTION = {
    "auc": ("ROC-AUC", "How well it ranks the classes", 0.5),
    "r2": ("R²", "Share of variance explained", 0.0),
}
_OF_TEXTS = {"labels": {"f1": ("F1", "How well the rarer class, or each of several, is found", None)}}


def _again() -> Iterator[Metric]:
    for question, conditions in _AGAIN.items():
        for short, (figure, what, chance) in (_PREDICTION | _OF_TEXTS.get(question, {})).items():
            for name, (title, when) in conditions.items():
                meaning = f"{what} {when}."
                if short == "f1":
                    meaning = meaning.replace("rows with their targets", "texts with their labels").replace(
                        "row", "text"
                    )
                full = f"{figure}, {title}"
                yield Metric(f"{short}_{name}", question, full, "higher", meaning, short=title, chance=chance)


METRICS: dict[str, Metric] = {m.name: m for m in (*_TABLE, *OF_TEXTS, *_again())}
