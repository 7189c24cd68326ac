"""Who ticks a thousand rubrics joins, confirms and changes like everybody else."""

import pytest

from publisher.clock import SteppedClock
from publisher.store import Store
from publisher.store.readers import subscriptions_at
from tests.builders import a_rubric, a_tree
from tests.web.client import BROWSER
from tests.web.page import Field, Page
from tests.web.site import Site
from tests.web.test_subscribe import ANNA, form

SAVE = "Сохранить"
LONG = "novosti-s-polei-i-iz-gorodov-o-kotoryh-pishut-redko-i-tolko-tam"
RUBRICS = tuple(f"{LONG}-{number:04}" for number in range(1000))


@pytest.fixture
def site(store: Store, clock: SteppedClock) -> Site:
    """Return a newspaper of a thousand and more rubrics."""
    return Site.open(store, clock, a_tree(*a_tree(), *map(a_rubric, RUBRICS)))


def ticks() -> list[Field]:
    return [("rubric[]", key) for key in RUBRICS]


async def test_a_thousand_rubrics_can_be_asked_for_and_confirmed(site: Site) -> None:
    answer = await site.client.submit("/subscribe", [*await form(site), *ticks()])
    confirmed = await site.client.submit(site.confirm_path(1), [])

    assert (answer.status, confirmed.status) == (200, 200)
    (subscription,) = site.newsroom.store.query(subscriptions_at, ANNA)
    assert subscription.choice.selection.chosen == RUBRICS


async def test_a_thousand_rubrics_can_be_chosen_later_and_saved_again(
    site: Site,
) -> None:
    joined = site.join(rubrics=("sport",))
    path = site.preferences_path(joined)
    for _ in range(2):
        page = Page.of(await site.client.get(path, accept=BROWSER))
        fields = [one for one in page.fields(SAVE) if one[0] != "rubric[]"]

        answer = await site.client.submit(path, [*fields, *ticks()])

        assert answer.status == 303
    assert site.subscription(joined.id).choice.selection.chosen == RUBRICS
