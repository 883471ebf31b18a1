"""A teacher for the network: a linear model over character n-grams.

It reads 1 to 5 characters at a time, without order, and is more accurate on reviews than the small network alone
(see the model card). Its probabilities, mixed into the labels, tell the network which labels are doubtful and how
strong a review is (distillation, Hinton et al. 2015). It is never served.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_predict

from model.corpus import Corpus

_N_FOLDS = 5
_INVERSE_REGULARISATION = 4.0  # of 1, 4 and 10 the best on the validation rows


def load_soft_targets(corpus: Corpus, sharpness: float, seed: int, folder: Path) -> NDArray[np.float32]:
    """Return `soft_targets` with their logits multiplied by `sharpness`, computed once a folder."""
    path = folder / f"teacher-{corpus.name}-{seed}-{len(corpus)}.npy"
    if not path.exists():
        np.save(path, soft_targets(corpus, seed))
    probability = np.clip(np.load(path, allow_pickle=False), 1e-6, 1 - 1e-6)
    return 1 / (1 + (1 / probability - 1) ** sharpness)  # type: ignore[no-any-return]


def soft_targets(corpus: Corpus, seed: int) -> NDArray[np.float32]:
    """Return the teacher's P(positive) for every text of a polar corpus, float32 of shape (n_texts,).

    Each text is judged by a teacher that never saw it: the corpus is learned in five parts, each time without the one
    that is judged. A teacher that knew the answers would only repeat the labels.
    """
    min_texts = 2 if len(corpus) < 100_000 else 5
    vectorizer = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 5), min_df=min_texts, sublinear_tf=True, dtype=np.float32
    )
    model = LogisticRegression(C=_INVERSE_REGULARISATION, solver="liblinear", class_weight="balanced", tol=1e-3)
    folds = KFold(_N_FOLDS, shuffle=True, random_state=seed)
    features = vectorizer.fit_transform(corpus.texts)
    probabilities = cross_val_predict(model, features, corpus.targets > 0.5, cv=folds, method="predict_proba")
    return np.asarray(probabilities[:, 1], np.float32)
