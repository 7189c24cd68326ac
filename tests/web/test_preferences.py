"""A reader sees and changes everything chosen, by a signed link and nothing else."""

from collections.abc import Sequence

import pytest

from publisher.model.token import Purpose
from publisher.store.readers import list_consent
from tests.web.client import BROWSER, Answer, Client
from tests.web.page import Field, Page
from tests.web.site import TOKENS, Site

SAVE = "Сохранить"


def with_changed(fields: Sequence[Field], **changes: str) -> list[Field]:
    return [(name, changes.get(name, value)) for name, value in fields]


def with_ticks(
    fields: Sequence[Field], *, tick: Sequence[str] = (), untick: Sequence[str] = ()
) -> list[Field]:
    kept = [f for f in fields if f[0] != "rubric[]" or f[1] not in untick]
    return [*kept, *(("rubric[]", key) for key in tick)]


async def shown(site: Site, path: str) -> Page:
    return Page.of(await site.client.get(path, accept=BROWSER))


async def followed(site: Site, answer: Answer) -> Page:
    assert answer.status == 303
    return await shown(site, answer["location"].partition("#")[0])


async def test_the_page_shows_what_the_reader_chose(site: Site) -> None:
    joined = site.join(
        rubrics=("novosti",), excluded=("vektor",), hour="06:30", zone="Asia/Aqtau"
    )

    page = await shown(site, site.preferences_path(joined))

    fields = page.fields(SAVE)
    assert ("hour", "06:30") in fields
    assert ("zone", "Asia/Aqtau") in fields
    assert ("language", "ru") in fields
    ticked = {value for name, value in fields if name == "rubric[]"}
    assert ticked == {"novosti", "politika", "obshchestvo"}


async def test_the_page_shows_every_digest_of_the_reader_and_no_one_elses(
    site: Site,
) -> None:
    joined = site.join("aigul@reader.example")
    site.join("aigul@reader.example", digest="sport")
    site.join("bolat@reader.example", digest="srazu")

    page = await shown(site, site.preferences_path(joined))

    assert [heading.text for heading in page.all("h2")] == [
        "Утренний выпуск",
        "Спорт",
        "Другой адрес",
    ]
    assert "a…@r…" in page.text
    assert "bolat" not in page.text


async def test_a_forwarded_link_does_not_show_the_address(site: Site) -> None:
    joined = site.join("aigul.serikova@reader.example")
    path = site.preferences_path(joined)

    answers = [
        await site.client.get(path),
        await site.client.submit(path, [("do", "address"), ("address", "x")]),
        await site.client.submit(path, [("do", "save"), ("subscription", "1")]),
    ]

    for answer in answers:
        assert "serikova" not in answer.text
        assert "reader.example" not in answer.text


async def test_the_next_digest_is_told_in_the_readers_zone(site: Site) -> None:
    joined = site.join(hour="07:00", zone="Europe/Berlin")

    page = await shown(site, site.preferences_path(joined))

    (moment,) = page.all("time")
    assert moment.text == "вторник, 3 марта, 07:00"
    assert moment.get("datetime") == "2026-03-03T06:00:00+00:00"


async def test_a_digest_that_follows_the_articles_has_no_hour(site: Site) -> None:
    joined = site.join(digest="srazu")

    page = await shown(site, site.preferences_path(joined))

    assert "сразу после публикации" in page.text
    assert "hour" not in dict(page.fields(SAVE))
    answer = await site.client.submit(
        site.preferences_path(joined), with_changed(page.fields(SAVE), language="kk")
    )
    assert answer.status == 303
    assert site.subscription(joined.id).choice.timetable.is_instant


async def test_saving_untouched_changes_no_choice(site: Site) -> None:
    joined = site.join(rubrics=("novosti",), excluded=("vektor",), hour="06:30")
    path = site.preferences_path(joined)
    page = await shown(site, path)

    answer = await site.client.submit(path, page.fields(SAVE))

    assert answer.status == 303
    assert site.subscription(joined.id).choice == joined.choice


async def test_the_whole_site_stays_the_whole_site(site: Site) -> None:
    joined = site.join()
    path = site.preferences_path(joined)

    page = await shown(site, path)
    await site.client.submit(path, with_changed(page.fields(SAVE), hour="09:00"))

    assert site.subscription(joined.id).choice.selection.key == ""


async def test_everything_can_be_changed_at_once(site: Site) -> None:
    joined = site.join(rubrics=("novosti",))
    path = site.preferences_path(joined)
    page = await shown(site, path)
    changed = with_changed(
        page.fields(SAVE), hour="21:00", zone="Europe/Moscow", language="kk"
    )

    answer = await site.client.submit(
        path, with_ticks(changed, tick=["futbol"], untick=["politika"])
    )

    page = await followed(site, answer)
    choice = site.subscription(joined.id).choice
    assert choice.selection.key == "futbol novosti -politika"
    assert f"{choice.timetable.at:%H:%M} {choice.timetable.zone}" == (
        "21:00 Europe/Moscow"
    )
    assert choice.language == page.language == "kk"
    assert [said.text for said in page.all("p", role="status")] == ["Сақталды."]


async def test_the_change_is_recorded_with_what_was_chosen(site: Site) -> None:
    joined = site.join()
    path = site.preferences_path(joined)
    page = await shown(site, path)

    await site.client.submit(path, with_changed(page.fields(SAVE), hour="08:00"))

    *_, said = site.newsroom.store.query(list_consent, joined.subscriber_id)
    assert (said.event, said.origin) == ("changed", "preferences page")
    assert "hour 08:00" in said.wording


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("asia/almaty", "Asia/Almaty"),
        ("  Europe/Moscow ", "Europe/Moscow"),
        ("America/New York", "America/New_York"),
        ("", "Asia/Almaty"),
    ],
)
async def test_a_zone_is_understood_as_people_write_it(
    site: Site, typed: str, kept: str
) -> None:
    joined = site.join(zone="Asia/Oral")
    path = site.preferences_path(joined)
    page = await shown(site, path)

    answer = await site.client.submit(path, with_changed(page.fields(SAVE), zone=typed))

    assert answer.status == 303
    assert site.subscription(joined.id).choice.timetable.zone == kept


async def refused(site: Site, **changes: str) -> tuple[Answer, Page]:
    joined = site.join(hour="06:30", zone="Asia/Aqtau")
    path = site.preferences_path(joined)
    page = await shown(site, path)
    before = site.newsroom.everything()

    answer = await site.client.submit(path, with_changed(page.fields(SAVE), **changes))

    assert answer.status == 422
    assert site.newsroom.everything() == before
    return answer, Page.of(answer)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("zone", "Asia/Almata", "Может быть, Asia/Almaty?"),
        ("zone", "Караганда", "Напишите так: Asia/Almaty."),
        ("zone", "GMT+5", "Напишите так: Asia/Almaty."),  # Etc/GMT+5 is UTC−5
        ("zone", "<script>alert(1)</script>", "Мы не знаем такого часового пояса."),
        ("hour", "25:00", "Это не время суток."),
        ("language", "xx", "Выберите один из этих языков."),
    ],
)
async def test_what_cannot_be_accepted_comes_back_with_the_reason_beside_it(
    site: Site, field: str, value: str, sentence: str
) -> None:
    _, page = await refused(site, **{field: value})

    (wrong,) = [e for e in page.root.iter() if e.get("aria-invalid") == "true"]
    assert wrong.get("name") == field
    (beside,) = page.all("p", id=str(wrong.get("aria-describedby")))
    assert sentence in "".join(str(text) for text in beside.itertext())
    assert page.all("p", role="alert")


async def test_what_is_wrong_is_shown_where_it_is(site: Site) -> None:
    """A browser shows the place that a form was sent to, without a script."""
    site.join(digest="sport")
    page = await shown(site, site.preferences_path(site.join()))

    for form in page.root.iter("form"):
        (section,) = [e for e in form.iterancestors() if e.tag == "section"]
        assert form.get("action") == f"#{section.get('id')}"


async def test_what_was_typed_is_kept(site: Site) -> None:
    answer, page = await refused(site, zone='Asia/"Nowhere" <b>', hour="23:00")

    fields = dict(page.fields(SAVE))
    assert fields["zone"] == 'Asia/"Nowhere" <b>'
    assert fields["hour"] == "23:00"
    assert "<b>" not in answer.text


async def test_boxes_are_understood_once_however_often_the_form_comes_back(
    site: Site,
) -> None:
    joined = site.join(rubrics=("futbol",))
    path = site.preferences_path(joined)
    page = await shown(site, path)
    fields = with_ticks(page.fields(SAVE), tick=["novosti"], untick=["futbol"])

    again = Page.of(
        await site.client.submit(path, with_changed(fields, zone="nowhere"))
    )
    await site.client.submit(path, with_changed(again.fields(SAVE), zone="Asia/Almaty"))

    assert site.subscription(joined.id).choice.selection.key == "novosti"


async def test_who_unticked_everything_by_mistake_starts_from_nothing(
    site: Site,
) -> None:
    joined = site.join()
    path = site.preferences_path(joined)
    page = await shown(site, path)
    keys = [value for name, value in page.fields(SAVE) if name == "rubric[]"]

    again = Page.of(
        await site.client.submit(path, with_ticks(page.fields(SAVE), untick=keys))
    )
    await site.client.submit(path, with_ticks(again.fields(SAVE), tick=["sport"]))

    assert site.subscription(joined.id).choice.selection.key == "sport"


@pytest.mark.parametrize("ticks", [[], [("rubric[]", "no-such-rubric")]])
async def test_ticking_nothing_is_not_the_whole_site(
    site: Site, ticks: list[Field]
) -> None:
    joined = site.join()
    path = site.preferences_path(joined)
    page = await shown(site, path)
    fields = [field for field in page.fields(SAVE) if field[0] != "rubric[]"]

    answer = await site.client.submit(path, [*fields, *ticks])

    assert answer.status == 422
    assert "Отметьте хотя бы одну рубрику" in answer.text
    assert site.subscription(joined.id).choice.selection.key == ""


async def test_each_digest_has_its_button_to_leave(site: Site) -> None:
    joined, kept = site.join(), site.join(digest="sport")
    path = site.preferences_path(joined)
    page = await shown(site, path)

    answer = await site.client.submit(
        path, page.fields("Отписаться от рассылки «Утренний выпуск»")
    )

    page = await followed(site, answer)
    assert not site.subscription(joined.id).is_active
    assert site.subscription(kept.id).is_active
    assert "Вы отписались" in page.text


async def test_who_left_can_come_back_with_what_was_chosen(site: Site) -> None:
    joined = site.join(rubrics=("novosti",), excluded=("vektor",), hour="06:30")
    path = site.preferences_path(joined)
    await site.client.post(site.leave_path(joined))
    page = await shown(site, path)

    answer = await site.client.submit(path, page.fields("Подписаться снова"))

    page = await followed(site, answer)
    back = site.subscription(joined.id)
    assert back.is_active
    assert back.choice == joined.choice
    assert "Вы снова подписаны." in page.text
    said = site.newsroom.store.query(list_consent, joined.subscriber_id)
    assert [consent.event for consent in said] == ["given", "withdrawn", "given"]
    assert said[-1].wording == "Подписаться снова: Утренний выпуск"


async def test_the_address_alone_claims_nothing(site: Site) -> None:
    joined = site.join()
    path = site.preferences_path(joined)

    page = await shown(site, f"{path}?done=left&digest={joined.id}")

    assert page.all("p", role="status") == []


async def test_what_was_done_before_is_not_told_beside_what_was_refused(
    site: Site,
) -> None:
    path = site.preferences_path(site.join())
    saved = await site.client.submit(path, (await shown(site, path)).fields(SAVE))
    path = saved["location"].partition("#")[0]
    page = await shown(site, path)
    assert "Сохранено." in page.text

    refused = await site.client.submit(
        path, with_changed(page.fields(SAVE), zone="nowhere")
    )

    assert refused.status == 422
    assert "Сохранено." not in Page.of(refused).text


async def test_the_page_stays_in_the_language_that_was_chosen_for_it(
    site: Site,
) -> None:
    path = site.preferences_path(site.join()) + "?language=kk"
    page = await shown(site, path)

    answers = [
        await site.client.submit(path, page.fields("Сақтау")),
        await site.client.submit(path, [("do", "address"), ("address", "b@c.example")]),
    ]

    for answer in answers:
        after = await shown(site, answer["location"].partition("#")[0])
        assert after.language == "kk"
    assert "Сақталды." in (await shown(site, answers[0]["location"])).text


async def test_nobody_changes_the_subscription_of_somebody_else(site: Site) -> None:
    mine, other = site.join("aigul@reader.example"), site.join("bolat@reader.example")
    page = await shown(site, site.preferences_path(mine))

    for button in (SAVE, "Отписаться от рассылки «Утренний выпуск»"):
        fields = with_changed(page.fields(button), subscription=str(other.id))
        answer = await site.client.submit(site.preferences_path(mine), fields)
        assert answer.status == 400

    assert site.subscription(other.id) == other


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [("subscription", "1")],
        [("subscription", "1"), ("do", "erase")],
        [("subscription", "999"), ("do", "leave")],
        [("subscription", "1"), ("do", "return")],
    ],
)
async def test_a_form_that_is_none_of_ours_changes_nothing(
    site: Site, fields: list[Field]
) -> None:
    joined = site.join()
    before = site.newsroom.everything()

    answer = await site.client.submit(site.preferences_path(joined), fields)

    assert answer.status == 400
    assert site.newsroom.everything() == before


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--b\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: x"),
        ("multipart/form-data; boundary=b", b"\xff" * 100),
        ("multipart/form-data; boundary=", b"----\r\n"),
        ("application/x-www-form-urlencoded", b"%ff=%00&subscription=%ed%a0%80"),
        ("application/json", b'{"do": "leave"}'),
        ("", b"do=leave&subscription=1"),
    ],
)
async def test_a_form_that_cannot_be_read_is_no_form(
    site: Site, content_type: str, body: bytes
) -> None:
    joined = site.join()
    path = site.preferences_path(joined)

    answer = await site.client.post(path, body, content_type=content_type)

    assert answer.status == 400
    assert Page.of(answer).heading == "Запрос не удалось разобрать"
    assert site.subscription(joined.id) == joined


async def test_looking_changes_nothing(site: Site) -> None:
    joined = site.join()
    path = site.preferences_path(joined)
    before = site.newsroom.everything()

    for query in ("", "?do=leave&subscription=1", "?done=saved&digest=1"):
        await site.client.get(path + query)
        await site.client.head(path + query)

    assert site.newsroom.everything() == before


async def test_the_page_is_for_nobody_else(site: Site) -> None:
    answer = await site.client.get(site.preferences_path(site.join()))

    assert answer["cache-control"] == "no-store"
    assert answer["x-robots-tag"] == "noindex, nofollow"
    assert "set-cookie" not in answer


async def test_a_link_to_leave_does_not_open_the_preferences(site: Site) -> None:
    joined = site.join()
    leave = TOKENS.sign(Purpose.LEAVE, joined.subscriber_id)

    assert (await site.client.get(f"/preferences/{leave}")).status == 404


@pytest.mark.parametrize("token", ["x", "%00", TOKENS.sign(Purpose.PREFERENCES, 9999)])
async def test_a_forged_or_erased_readers_link_is_a_page_that_does_not_exist(
    reader: Client, token: str
) -> None:
    answer = await reader.get(f"/preferences/{token}", accept=BROWSER)

    assert answer.status == 404
    assert Page.of(answer).heading == "Такой страницы нет"


async def test_a_rubric_closed_since_is_neither_shown_nor_in_the_way(
    site: Site,
) -> None:
    joined = site.join(rubrics=("sport", "novosti"))
    closed = site.replant(site.closed("sport"))
    path = site.preferences_path(joined)
    page = await shown(closed, path)

    answer = await closed.client.submit(path, page.fields(SAVE))

    assert "sport" not in {value for _, value in page.fields(SAVE)}
    assert answer.status == 303
    assert "sport" not in site.subscription(joined.id).choice.selection.chosen
