"""A wrong file is told everything at once: line, key, what it says, what to write."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from publisher.config import load_config
from publisher.config.checks import REACH
from publisher.config.sentences import PATTERNS
from publisher.errors import ConfigError
from publisher.model.timetable import Frequency
from tests.config.writing import findings, load
from tests.docs.configuration import FORMS

CASES = {
    "a slug that the store has no room for": (
        f'[[rubric]]\nkey = "sport"\nslug = "{"s" * 101}"',
        "config.toml:3: rubric",
    ),
    "deliveries forgotten before a monthly digest looks back at them": (
        '[retention]\ndeliveries = 31\n[[digest]]\nkey = "m"\nfrequency = "monthly"',
        'config.toml:3: digest "m" may bring articles of 32 days, but retention.',
    ),
    "an archive of single articles": (
        '[[digest]]\nkey = "srazu"\nfrequency = "instant"\narchive = true',
        'config.toml:4: digest "srazu" is instant: each edition is one article',
    ),
    "an old secret with the number of the new one": (
        '[web]\nold_secret_files = { 1 = "config.toml" }\nsecret_number = 1',
        "config.toml:3: web.secret_number = 1 is the number of an old secret too; give",
    ),
    "an old secret in a file that is not there": (
        '[web]\nsecret_number = 2\nold_secret_files = { 1 = "gone" }',
        "config.toml:3: web.old_secret_files.1: ",
    ),
    "an old secret with a number that no link can bear": (
        '[web]\nold_secret_files = { 256 = "config.toml" }',
        "config.toml:2: web.old_secret_files = (hidden): number 256 is not between 1",
    ),
    "an old feed of a rubric that there is not": (
        '[[rubric]]\nkey = "sport"\n[[old_feed]]\npath = "/feed"\nrubric = "spart"',
        (
            'config.toml:5: old feed "/feed": rubric "spart" is not defined (did you'
            ' mean "sport"?)'
        ),
    ),
    "an old feed that names its rubric twice": (
        (
            '[[rubric]]\nkey = "sport"\n[[old_feed]]\npath = "/{rubric}/feed"\n'
            'rubric = "sport"'
        ),
        'config.toml:5: old feed "/{rubric}/feed": the path names the rubric already',
    ),
    "an old feed in a language that there is not": (
        '[[old_feed]]\npath = "/feed"\nlanguage = "en"',
        'config.toml:3: old feed "/feed": language "en" is not one of site.languages',
    ),
    "an old feed where the service itself answers": (
        '[[old_feed]]\npath = "/feeds/latest.rss"',
        'config.toml:2: old feed "/feeds/latest.rss": the service answers there itself',
    ),
    "an old feed twice": (
        '[[old_feed]]\npath = "/feed"\n[[old_feed]]\npath = "/feed/"',
        'config.toml:4: old feed "/feed/" is defined twice; take one of them out',
    ),
    "a leave address without a place for a token": (
        '[mail]\nleave_address = "leave@gazeta.example"\nleave_maildir = "m"',
        (
            'config.toml:2: mail.leave_address = "leave@gazeta.example" has no place'
            " for a token of 24 characters; write it like leave+@gazeta.example"
        ),
    ),
    "a leave address that nobody reads": (
        '[mail]\nleave_address = "leave+@gazeta.example"',
        "config.toml:2: mail.leave_address is told to readers, and nobody reads its",
    ),
    "a mailbox of no leave address": (
        '[mail]\nleave_maildir = "m"',
        "config.toml:2: mail.leave_maildir is read, but no message names an address",
    ),
    "an unknown key": (
        '[site]\n\ntittle = "Газета"',
        (
            r'config.toml:3: site.tittle is not a key (did you mean "title"?); known'
            " here: accent, authority, city,"
        ),
    ),
    "an unknown table": (
        "[sitee]",
        'config.toml:1: sitee is not a key (did you mean "site"?); known here: digest,',
    ),
    "a word where a number belongs": (
        '[store]\nthreads = "many"',
        'config.toml:2: store.threads = "many": must be a whole number',
    ),
    "a number that is too small": (
        "[store]\nthreads = 0",
        "config.toml:2: store.threads = 0: must be 1 or more",
    ),
    "a zone that does not exist": (
        '[site]\nzone = "Asia/Almata"',
        (
            'config.toml:2: site.zone = "Asia/Almata": is not an IANA time zone (did'
            ' you mean "Asia/Almaty"?)'
        ),
    ),
    "an address without its beginning": (
        '[site]\nurl = "gazeta.example"',
        (
            'config.toml:2: site.url = "gazeta.example": must be an absolute address'
            " beginning with http:// or https://"
        ),
    ),
    "a zone without its continent": (
        '[site]\nzone = "moscow"',
        (
            'config.toml:2: site.zone = "moscow": is not an IANA time zone (did you'
            ' mean "Europe/Moscow"?)'
        ),
    ),
    "a zone like no other": (
        '[site]\nzone = "Xyzzy"',
        'config.toml:2: site.zone = "Xyzzy": is not an IANA time zone such as Asia/',
    ),
    "a zone by its distance, which Etc/GMT+5 would turn round": (
        '[site]\nzone = "GMT+5"',
        'config.toml:2: site.zone = "GMT+5": is not an IANA time zone such as Asia/',
    ),
    "a colour by its name": (
        '[site]\naccent = "red"',
        'config.toml:2: site.accent = "red": is not a colour; write it like "#9f1d20"',
    ),
    "a language by its name": (
        '[site]\nlanguages = ["russian"]',
        'config.toml:2: site.languages = "russian": is not the code of a language;',
    ),
    "no language": (
        "[site]\nlanguages = []",
        "config.toml:2: site.languages = (a list): must not be empty",
    ),
    "one language without its list": (
        '[site]\nlanguages = "ru"',
        'config.toml:2: site.languages = "ru": must be a list, even of one; write it',
    ),
    "an old feed in a language by its name": (
        '[[old_feed]]\npath = "/feed"\nlanguage = "Russian"',
        'config.toml:3: old_feed.0.language = "Russian": is not the code of a language',
    ),
    "a day in words": (
        '[site]\nsince = "1 Nov 2026"',
        'config.toml:2: site.since = "1 Nov 2026": is not a date; write it like 2026-',
    ),
    "a year for a day": (
        "[site]\nsince = 2026",
        "config.toml:2: site.since = 2026: is not a date; write it like 2026-11-30",
    ),
    "a table that may stand several times, once": (
        '[digest]\nkey = "utro"',
        "config.toml:1: digest = (a table): may stand several times; write [[digest]]",
    ),
    "a table that stands once, several times": (
        '[[site]]\ntitle = "a"',
        "config.toml:1: site = (a list): stands once, with keys of its own; write [",
    ),
    "a word for a switch": (
        '[web]\ndevelopment = "maybe"',
        'config.toml:2: web.development = "maybe": must be true or false',
    ),
    "a key of an entry that has a name": (
        '[[rubric]]\nkey = "sport"\nparnet = "a"',
        (
            'config.toml:3: rubric "sport": parnet is not a key (did you mean'
            ' "parent"?); known here: aliases, closed,'
        ),
    ),
    "a rubric that is there twice, below another one": (
        (
            '[[rubric]]\nkey = "a"\n[[rubric]]\nkey = "b"\nparent = "a"\n'
            '[[rubric]]\nkey = "a"\nparent = "b"'
        ),
        'config.toml:7: rubric "a" is defined twice; give one another key',
    ),
    "a choice that there is not": (
        '[[digest]]\nkey = "utro"\nfrequency = "dayly"',
        (
            'config.toml:3: digest "utro": frequency = "dayly": must be one of:'
            ' instant, daily, weekdays, weekly, monthly (did you mean "daily"?)'
        ),
    ),
    "an hour that no day has": (
        '[[digest]]\nkey = "utro"\nhour = "25:00"',
        (
            'config.toml:3: digest "utro": hour = "25:00": is not a time of day;'
            ' write it as "07:00"'
        ),
    ),
    "an hour as a number": (
        '[[digest]]\nkey = "utro"\nhour = 18',
        (
            'config.toml:3: digest "utro": hour = 18: is not a time of day; write it as'
            ' "18:00"'
        ),
    ),
    "an hour and minutes as a number": (
        '[[digest]]\nkey = "utro"\nhour = 730',
        'config.toml:3: digest "utro": hour = 730: is not a time of day; write it as',
    ),
    "half an hour as a fraction": (
        '[[digest]]\nkey = "utro"\nhour = 7.5',
        'config.toml:3: digest "utro": hour = 7.5: is not a time of day; write it as',
    ),
    "a time of day with seconds": (
        '[[digest]]\nkey = "utro"\nhour = "07:00:30"',
        'config.toml:3: digest "utro": hour = "07:00:30": is not a time of day; write',
    ),
    "a key with capital letters": (
        '[[rubric]]\nkey = "a"\n\n[[rubric]]\nkey = "Sport"',
        'config.toml:5: rubric.1.key = "Sport": must be of small Latin letters,',
    ),
    "a rubric without a key": (
        '[[rubric]]\nslug = "sport"',
        "config.toml:1: rubric.0.key is missing",
    ),
    "a parent that is not defined": (
        '[[rubric]]\nkey = "politika"\nparent = "novsti"\n[[rubric]]\nkey = "novosti"',
        (
            'config.toml:3: rubric "politika": parent "novsti" is not defined'
            ' (did you mean "novosti"?)'
        ),
    ),
    "a rubric that is there twice": (
        '[[rubric]]\nkey = "a"\n[[rubric]]\nkey = "a"',
        'config.toml:4: rubric "a" is defined twice; give one another key',
    ),
    "two rubrics at one address": (
        '[[rubric]]\nkey = "a"\n[[rubric]]\nkey = "b"\nslug = "a"',
        (
            'config.toml:5: rubric "b" has the same address as "a"; give one of them'
            " another slug"
        ),
    ),
    "an address that is ours": (
        '[[rubric]]\nkey = "latest"',
        (
            'config.toml:2: rubric "latest": the service uses the address "latest";'
            " choose another slug"
        ),
    ),
    "a digest of an unknown rubric": (
        '[[rubric]]\nkey = "sport"\n[[digest]]\nkey = "utro"\nrubrics = ["spotr"]',
        (
            'config.toml:5: digest "utro": rubric "spotr" is not defined'
            ' (did you mean "sport"?)'
        ),
    ),
    "a digest that could never go out": (
        '[[digest]]\nkey = "utro"\nmin_articles = 9\nmax_articles = 3',
        (
            'config.toml:3: digest "utro": min_articles = 9 is more than max_articles ='
            " 3; no edition could go out"
        ),
    ),
    "a weekly digest on no day": (
        '[[digest]]\nkey = "utro"\nfrequency = "weekly"\nweekdays = []',
        (
            'config.toml:4: digest "utro" is weekly and has no weekdays; name some,'
            ' such as ["mon", "thu"]'
        ),
    ),
    "a feed that cannot hold what it must": (
        "[feeds]\nitems = 50\nlimit = 10",
        (
            "config.toml:3: feeds.limit = 10 is less than feeds.items = 50; no feed"
            " could hold so many"
        ),
    ),
    "a folder that is not there": (
        '[[source]]\nname = "wire"\nfolder = "nowhere"',
        'config.toml:3: source "wire": folder ',
    ),
    "a source in a language of its own": (
        '[[source]]\nname = "wire"\nfolder = "."\nlanguage = "en"',
        (
            'config.toml:4: source "wire": language "en" is not one of site.languages'
            " (ru, kk)"
        ),
    ),
    "feeds written where articles are read": (
        '[[source]]\nname = "w"\nfolder = "."\n[[output]]\nname = "web"\nfolder = "x"',
        'config.toml:6: output "web": folder ',
    ),
    "a password given twice": (
        '[store]\npassword = "a"\npassword_file = "config.toml"',
        (
            "config.toml:2: store.password and store.password_file are both given; keep"
            " one of them"
        ),
    ),
    "a password file that is not there": (
        '[mail.smtp]\npassword_file = "nix"',
        "config.toml:2: mail.smtp.password_file: ",
    ),
    "a password sent in clear": (
        '[mail.smtp]\nsecurity = "none"\nusername = "u"\nhost = "relay.example"',
        (
            'config.toml:2: mail.smtp.security = "none" would send the password to'
            ' relay.example in clear; use "starttls" or "implicit"'
        ),
    ),
    "a relay's password sent in clear": (
        '[[mail.relay]]\nname = "a"\nsecurity = "none"\nusername = "u"\nhost = "r.kz"',
        (
            'config.toml:3: mail.relay.security = "none" would send the password to'
            ' r.kz in clear; use "starttls" or "implicit"'
        ),
    ),
    "two relays of one name": (
        '[[mail.relay]]\nname = "a"\n[[mail.relay]]\nname = "a"',
        'config.toml:4: relay "a" is defined twice; give one another name',
    ),
    "one relay and several": (
        '[mail.smtp]\nport = 26\n[[mail.relay]]\nname = "a"',
        "config.toml:1: mail.smtp is not used beside [[mail.relay]] tables",
    ),
    "a rate that is none": (
        '[mail.pace]\nrate = "20 per second"',
        "config.toml:2: mail.pace.rate",
    ),
    "a provider that nobody knows": (
        '[[mail.provider]]\nkey = "gmial"',
        (
            'config.toml:2: provider "gmial" is not one we know (did you mean "gmail"?)'
            "; give its domains or exchangers"
        ),
    ),
    "a sender that is no address": (
        '[mail]\nsender = "redaktsiya"',
        (
            'config.toml:2: mail.sender = "redaktsiya" is not a mail address; write it'
            " like news@gazeta.example"
        ),
    ),
    "a name that would break a header": (
        '[mail]\nsender_name = "a\\r\\nBcc: b"',
        (
            r'config.toml:2: mail.sender_name = "a\r\nBcc: b": must be a single line'
            " without control characters"
        ),
    ),
}


@pytest.mark.parametrize(("text", "begins"), CASES.values(), ids=CASES.keys())
def test_a_mistake_is_told_with_its_line_and_what_to_write(
    tmp_path: Path, text: str, begins: str
) -> None:
    (found,) = findings(tmp_path, text)

    assert found.startswith(begins)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = """
[site]
zone = "Asia/Almata"
[store]
threads = 0
[[rubric]]
key = "politika"
parent = "novsti"
[[rubric]]
key = "novosti"
[[digest]]
key = "utro"
hour = "7 o'clock"
rubrics = ["sport"]
"""

    found = findings(tmp_path, text, {"PUBLISHER_STORE__THREDS": "1"})

    places = sorted(one.split(": ")[0] for one in found)
    assert places == [
        *(f"config.toml:{line}" for line in (13, 14, 3, 5, 8)),
        "environment",
    ]


def test_rubrics_above_each_other_are_all_told(tmp_path: Path) -> None:
    text = '[[rubric]]\nkey = "a"\nparent = "b"\n[[rubric]]\nkey = "b"\nparent = "a"'

    assert findings(tmp_path, text) == [
        f'config.toml:{line}: rubric "{key}" is its own ancestor; take parent "{other}"'
        " from one of them"
        for line, key, other in ((3, "a", "b"), (6, "b", "a"))
    ]


def test_every_form_of_a_text_has_words() -> None:
    assert set(PATTERNS) == set(FORMS)


def test_two_rubrics_at_one_address_may_lie_below_different_ones(
    tmp_path: Path,
) -> None:
    text = """
[[rubric]]
key = "sport"
[[rubric]]
key = "kultura"
[[rubric]]
key = "sport-arhiv"
slug = "arhiv"
parent = "sport"
[[rubric]]
key = "kultura-arhiv"
slug = "arhiv"
parent = "kultura"
"""

    assert findings(tmp_path, text) == []


def test_a_password_may_go_in_clear_on_this_machine(tmp_path: Path) -> None:
    text = '[mail.smtp]\nsecurity = "none"\nusername = "u"\nhost = "127.0.0.1"'

    assert findings(tmp_path, text) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no such file; name one with --config FILE"),
        (b"\xff\xfe[", "is not UTF-8; save the file in this encoding"),
    ],
    ids=["missing", "not UTF-8"],
)
def test_a_file_that_cannot_be_read_is_told_by_its_name(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    file = tmp_path / "config.toml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigError, match=says) as caught:
        load_config(file, {})

    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        '[store]\npassword = ["geheim"]',
        '[mail.smtp]\npassword = {a = "geheim"}',
        '[web]\nsecret = ["geheim"]',
        '[store]\npasword = "geheim"',
        pytest.param('[[mail.smtp]]\nhost = "relay.example"\npassword = "geheim"'),
    ],
    ids=["list", "table", "secret", "misspelt", "doubled brackets"],
)
def test_no_finding_tells_a_secret(tmp_path: Path, text: str) -> None:
    found = findings(tmp_path, text)

    assert found
    assert "geheim" not in "\n".join(found)


@pytest.mark.parametrize("written", ['"07:30"', "07:30:00", '"07:30:00"'])
def test_a_time_of_day_may_be_a_text_or_a_time_of_toml(
    tmp_path: Path, written: str
) -> None:
    config = load(tmp_path, f'[[digest]]\nkey = "utro"\nhour = {written}')

    assert config.digest[0].hour == time(7, 30)


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, f'[site]\nzone = "{"x" * 5000}"')

    assert len(found) < 200


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert findings(tmp_path, '\ufeff[site]\nzone = "Asia/Almaty"') == []


def test_editions_look_back_as_far_as_the_rules_of_digests_say() -> None:
    reaches = {
        frequency.value: (frequency.longest_gap + timedelta(days=1)).days
        for frequency in Frequency
    }

    assert reaches == REACH
