"""What some readers get of an edition, or why they get nothing."""

import logging
from collections.abc import Sequence

from publisher.digests.composing import Composer
from publisher.model.delivery import SkipReason
from publisher.store import Store
from publisher.store.editions import EditionRow
from publisher.store.groups import Group
from publisher.store.segments import SegmentText
from publisher.store.stale import StaleSegment

__all__ = ["outcome_for"]

_log = logging.getLogger("publisher.digests")


def outcome_for(
    store: Store,
    composer: Composer,
    row: EditionRow,
    readers: Group | StaleSegment,
    ids: Sequence[int],
) -> SegmentText | SkipReason:
    """Return the text for readers to whom some articles are new, or why there is none.

    What cannot be composed is told, and goes with the next edition (law 8).
    """
    rule = composer.rules.get(row.digest_key)
    if not ids:
        return SkipReason.NOTHING_NEW
    if rule is not None and len(ids) < rule.min_articles:
        return SkipReason.TOO_THIN
    try:
        text = store.query(
            composer.compose,
            row,
            ids,
            language=readers.language,
            is_compact=readers.is_compact,
            selection=readers.selection,
            selection_id=readers.selection_id,
        )
    except Exception:  # noqa: BLE001 (the others get theirs, law 19)
        _log.exception(
            "segment.not_composed edition=%d selection=%d",
            row.id,
            readers.selection_id,
        )
        return SkipReason.BROKEN
    return text or SkipReason.NOTHING_NEW
