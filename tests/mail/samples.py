"""Messages for tests: written for them, in Russian and Kazakh."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from publisher.mail.headers import Mailbox
from publisher.mail.message import Composition, Personal, Stream
from publisher.rendering.slots import slot

PREFERENCES = slot("preferences_url")
LEAVE = slot("leave_url")
ADDRESS = slot("address")
ALMATY = timezone(timedelta(hours=5))

RUSSIAN_TEXT = f"""\
Вестник степи, понедельник, 28 апреля
Настроить: {PREFERENCES}
Отписаться: {LEAVE}

ГЛАВНОЕ

В городе открыли новый мост через реку
Движение по нему пустят в пятницу, а старый закроют на ремонт до осени.
https://vestnik.example/most

Школьники нашли в степи зуб мамонта — ему двадцать тысяч лет
https://vestnik.example/mamont

Это письмо пришло на адрес {ADDRESS}.
Настроить: {PREFERENCES}
Отписаться: {LEAVE}
"""

RUSSIAN_HTML = f"""\
<!doctype html>
<html lang="ru" dir="ltr">
<head><meta charset="utf-8"><title>Вестник степи</title></head>
<body><p><a href="{PREFERENCES}">Настроить</a> · <a href="{LEAVE}">Отписаться</a></p>
<h1>Понедельник, 28 апреля</h1>
<h2><a href="https://vestnik.example/most">В городе открыли новый мост</a></h2>
<p>Движение по нему пустят в пятницу, а старый закроют на ремонт до осени.</p>
<h2><a href="https://vestnik.example/mamont">Школьники нашли зуб мамонта</a></h2>
<p>Это письмо пришло на адрес {ADDRESS}. <a href="{PREFERENCES}">Настроить</a>,
<a href="{LEAVE}">отписаться</a></p></body></html>
"""

KAZAKH_TEXT = f"""\
Дала хабаршысы, дүйсенбі, 28 сәуір
Баптау: {PREFERENCES}
Жазылудан бас тарту: {LEAVE}

Қалада өзен үстінен жаңа көпір ашылды
Қозғалыс жұма күні басталады, ескі көпір күзге дейін жөнделеді.
https://vestnik.example/kopir

Оқушылар даладан мамонттың тісін тапты
https://vestnik.example/tis

Бұл хат {ADDRESS} мекенжайына келді.
"""

KAZAKH_HTML = f"""\
<!doctype html>
<html lang="kk" dir="ltr">
<head><meta charset="utf-8"><title>Дала хабаршысы</title></head>
<body><p><a href="{PREFERENCES}">Баптау</a> · <a href="{LEAVE}">Бас тарту</a></p>
<h1>Дүйсенбі, 28 сәуір</h1>
<h2><a href="https://vestnik.example/kopir">Өзен үстінен жаңа көпір ашылды</a></h2>
<p>Қозғалыс жұма күні басталады, ескі көпір күзге дейін жөнделеді.</p>
<p>Бұл хат {ADDRESS} мекенжайына келді.</p></body></html>
"""

DAILY = Stream(
    key="daily",
    title="Вестник степи: каждый день",
    list_id="daily.vestnik.example",
    edition="20250428",
    sender_id="vestnik",
)

RUSSIAN = Composition(
    subject="Новый мост, зуб мамонта и ещё 12 новостей — «Вестник» за понедельник",
    text=RUSSIAN_TEXT,
    html=RUSSIAN_HTML,
    language="ru",
    dated_at=datetime(2025, 4, 28, 8, 0, tzinfo=ALMATY),
    sender=Mailbox("Вестник степи", "news@mail.vestnik.example"),
    reply_to=Mailbox("Редакция", "desk@vestnik.example"),
    message_id_domain="mail.vestnik.example",
    message_id_secret=b"a secret of these tests",
    stream=DAILY,
)

KAZAKH = replace(
    RUSSIAN,
    subject="Жаңа көпір, мамонттың тісі және тағы 12 жаңалық",
    text=KAZAKH_TEXT,
    html=KAZAKH_HTML,
    language="kk",
    sender=Mailbox("Дала хабаршысы", "news@mail.vestnik.example"),
    stream=replace(DAILY, title="Дала хабаршысы: күн сайын"),
)

CONFIRMATION = replace(
    RUSSIAN,
    subject="Подтвердите подписку",
    text="Чтобы получать новости, откройте https://vestnik.example/confirm/k3\n",
    html='<p>Чтобы получать новости, <a href="https://vestnik.example/confirm/k3">'
    "подтвердите подписку</a>.</p>\n",
    dated_at=datetime(2025, 4, 27, 19, 30, tzinfo=UTC),
    reply_to=None,
    stream=None,
)


def a_reader(
    key: str = "d1842",
    address: str = "o'qyrman@mail.example",
    link: str = "k3jq7v2m",
) -> Personal:
    """Make a reader whose links end in anything."""
    return Personal(
        key=key,
        address=address,
        edition_url=f"https://vestnik.example/e/{link}",
        preferences_url=f"https://vestnik.example/preferences/{link}?from=mail&lang=ru",
        leave_url=f"https://vestnik.example/u/{link}",
        leave_mailto=f"unsub+{link}@vestnik.example",
    )
