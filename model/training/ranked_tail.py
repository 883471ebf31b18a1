"""The loss: cross-entropy, and a term that ranks complaints above the most negative of neutral talk.

What is measured is how many complaints are flagged where one neutral message in a hundred is. Cross-entropy cares for
every text alike; the term looks at the tail that decides. `model.training.mixing.mixture` says which texts are which.
"""

from __future__ import annotations

import keras
from keras import ops

TARGET, TALK, BLAME = 0, 1, 2  # the columns of what a batch is taught
N_COLUMNS = 3

_MARGIN = 1.0  # logits by which a complaint is to stand above
_NEARLY_SURE = 1e-6  # the nearest to 0 and 1 that a probability has a useful logit
_NEVER = -1e9  # a logit that takes no part in a softmax


class RankedTail(keras.losses.Loss):
    """Binary cross-entropy plus `weight` times the ranked tail.

    Taught are three columns, (batch, 3): the target P(positive), whether a text is neutral talk (0 or 1), and how much
    of a complaint it is (0 to 1). Within a batch the most negative talk, by a softmax of `sharpness` times its negative
    logit, is to stand one logit below the complaints: Σ w_talk · w_blame · softplus(1 + s_talk - s_blame), each kind's
    weights summing to 1, no gradient through them.
    """

    def __init__(self, weight: float, sharpness: float) -> None:
        super().__init__(name="ranked_tail")
        self._weight, self._sharpness = weight, sharpness

    def __call__(
        self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor, sample_weight: keras.KerasTensor | None = None
    ) -> keras.KerasTensor:
        """Return the loss of a batch, a scalar; the weights (batch, 1) scale the cross-entropy of each text."""
        probability = ops.clip(y_pred[:, 0], _NEARLY_SURE, 1 - _NEARLY_SURE)
        target = y_true[:, TARGET]
        negative = ops.log1p(-probability)
        entropy = -(target * ops.log(probability) + (1 - target) * negative)
        if sample_weight is not None:
            entropy = entropy * ops.reshape(sample_weight, (-1,))
        tail = self._tail(negative - ops.log(probability), y_true[:, TALK], y_true[:, BLAME])
        return ops.mean(entropy) + self._weight * tail

    def _tail(self, logits: keras.KerasTensor, talk: keras.KerasTensor, blame: keras.KerasTensor) -> keras.KerasTensor:
        """Return the term for negative logits (batch,); 0 where a batch has only one of the kinds."""
        hardest = ops.softmax(ops.where(talk > 0, self._sharpness * logits, _NEVER)) * talk
        of_talk = ops.stop_gradient(hardest)
        of_blame = blame / (ops.sum(blame) + _NEARLY_SURE)
        gaps = ops.softplus(_MARGIN + logits[:, None] - logits[None, :])  # (talk, blame)
        return ops.sum(of_talk[:, None] * of_blame[None, :] * gaps)
