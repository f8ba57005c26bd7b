"""What never lands: message texts, names, e-mail addresses and phone numbers, in no table, account or reject."""

import hashlib
import hmac
import json
from pathlib import Path

import duckdb
import pytest

from conftest import PROJECT_ROOT, Run
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.contract import private_columns
from cxmart.contract.source_contract import Table, _table, known_sources
from cxmart.landing.landed import Landed
from cxmart.landing.load_files import remarks
from landings import ANYTHING, KEY, Lander, contract_of, things


@pytest.fixture
def lander(tmp_path: Path) -> Lander:
    return Lander(tmp_path, ANYTHING)


NEVER = {
    private_columns.BODY: (
        "body Body messageBody plain_body html_body comment Comments comment_text message last_message description "
        "ticket_description subject Subject note internal_note transcript chat_transcript review_text feedback "
        "verbatim content text Text2 excerpt summary remarks Nachricht Betreff Kommentar customer_comment"
    ),
    private_columns.NAME: (
        "name Name first_name firstName FirstName firstname last_name LASTNAME full_name fullname surname nickname "
        "username user_name customer_name CustomerName client_name author_name sender_name requester_name from_name "
        "billing_name shipping_first_name display_name reviewer_name Vorname Nachname Kundenname Ansprechpartner "
        "contact_name middle_name caller_name recipient_names initials"
    ),
    private_columns.EMAIL: (
        "email e_mail e-mail E-Mail EMail eMail Email_Address emails customer_email customerEmail email2 email_1 mail "
        "requester.email reply_to cc bcc from_address recipient sender E-Mail-Adresse Mailadresse author_email_lower "
        "paypal_email"
    ),
    private_columns.PHONE: (
        "phone Phone phone_number phoneNumber telephone mobile mobile_number cell fax whatsapp whatsapp_number msisdn "
        "customer_phone home_phone caller_number from_number Telefon Rufnummer Handynummer tel phone1"
    ),
}
ALWAYS = (
    "ticket_id message_id email_id email_hash email_sent_at email_count is_email has_phone phone_seconds phone_channel "
    "mail_channel agent_name product_name template_name title topic channel status marketplace team team_name queue "
    "company comment_id comment_count message_count note_type body_length has_comment is_message no_reply_needed "
    "category country network sentiment family tier talk_seconds mobile_app text_language customer_id agent_id "
    "author_type author_id assigned_agent_id created_at email_opt_in subject_id country_name file_name event_name "
    "campaign_name reply_count first_reply_at call_id called_at number amount celled telemetry mobility e column_3"
)


@pytest.mark.parametrize(("kind", "names"), NEVER.items())
def test_what_never_lands_is_known_by_its_name(kind: str, names: str) -> None:
    assert {name: private_columns.kind_of(name) for name in names.split()} == dict.fromkeys(names.split(), kind)
    spaced = [name.replace("_", " ").title() for name in names.split() if name.islower()]
    assert {name: private_columns.kind_of(name) for name in spaced} == dict.fromkeys(spaced, kind)


def test_other_columns_land() -> None:
    assert {name: private_columns.kind_of(name) for name in ALWAYS.split()} == dict.fromkeys(ALWAYS.split())


@pytest.mark.parametrize("source", known_sources(PROJECT_ROOT))
def test_what_a_shipped_contract_declares_lands(source: str) -> None:
    """Else a column would always be empty. One that is let through is said at every load."""
    for table in contract_of(source).tables.values():
        for column in table.columns:
            assert not private_columns.kind_of(column.name) or column.name.lower() in table.let_through, column.name


SECRETS = ["Ann Example", "ann@example.com", "+49 170 1234567", "where is my secret order"]
RECORD = {
    "id": "1",
    "customer_name": SECRETS[0],
    "Email": SECRETS[1],
    "phone": SECRETS[2],
    "number": "7",
    "body": SECRETS[3],
}


def files_with_secrets(folder: Path) -> list[Path]:
    """The same record with what never lands, in every format, well and badly written."""
    header, row = ",".join(RECORD), ",".join(RECORD.values())
    line = json.dumps(RECORD)
    contents = {
        "a.csv": f"{header}\n{row}\n",
        "b.csv": f'{header}\n{row}\n{row},more\n1,2\n{row}"\n"{row}\n1,"{row}\n{SECRETS[3]}\n',
        "c.csv": f"{header}\n{row}\n\xe9\n".encode("cp1252"),
        "d.csv": f"{header}\n{row}\n".encode("utf-16"),
        "e.jsonl": f"{line}\n",
        "f.jsonl": f'{line}\n{line[:-3]}\n{{"body": "a line\n of {SECRETS[3]}"}}\n[{line}]\n',
        "g.jsonl": json.dumps({"id": "1", "made": {"by": RECORD, "of": [RECORD, {"x": [RECORD]}]}}) + "\n",
        # No good line shows what the file holds.
        "h.jsonl": f'{{"id": "1"}}\n{{"id": "2", "body": "a line\n of {SECRETS[3]}"}}\n',
        "i.jsonl": f'{{"id": "1"}}\n{{id: "2", phone: "{SECRETS[2]}"}}\n',
    }
    paths = []
    for name, content in contents.items():
        paths.append(folder / name)
        paths[-1].write_bytes(content.encode() if isinstance(content, str) else content)
    columns = ", ".join(f"'{value}' as \"{name}\"" for name, value in RECORD.items())
    duckdb.execute(f"copy (select {columns}) to '{folder / 'j.parquet'}'")
    packed = ", ".join(f"'{name}': '{value}'" for name, value in RECORD.items())
    duckdb.execute(f"copy (select '1' as id, {{{packed}}} as made, [{{{packed}}}] as more) to '{folder / 'k.parquet'}'")
    return [*paths, folder / "j.parquet", folder / "k.parquet"]


@pytest.mark.parametrize("hash_key", ["", KEY])
def test_no_secret_is_in_the_warehouse(lander: Lander, tmp_path: Path, hash_key: str) -> None:
    lander.hash_key = hash_key
    for path in files_with_secrets(tmp_path):
        landed = lander.land_path(path)
        assert landed.rows_loaded, path
    everything = lander.everything()
    stored = (lander.home / "raw.duckdb").read_bytes()
    for secret in SECRETS:
        assert secret not in everything
        assert secret.encode() not in stored
    # What is no secret is there, also of a line that was rejected in a file without secrets.
    assert lander.rows("select number from a") == [("7",)]
    assert [path.name for path in lander.home.iterdir()] == ["raw.duckdb"]


def test_a_rejected_row_keeps_what_may_land(lander: Lander) -> None:
    lander.source = things()
    header, row = "thing_id,body,number,Email,word", "a,private words,many,ann@example.com,x"
    landed = lander.land("things.csv", f"{header}\n{row}\nb,private words\n")
    assert landed.dropped == ("body", "Email")
    assert lander.rejects() == [
        (1, "number", "is no whole number", "a,many,x"),
        # Nobody knows which field is which.
        (2, None, "has 2 fields, where the header has 5", None),
    ]
    lander.land("things.jsonl", json.dumps(dict(zip(header.split(","), row.split(","), strict=True))))
    assert json.loads(lander.rejects()[2][3]) == {"thing_id": "a", "number": "many", "word": "x"}


# Hashes


def expected_hash(address: str) -> str:
    return hmac.new(KEY.encode(), address.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("key", [KEY, "k" * 64, "long " * 30, "schlüssel mit ümlaut"])
def test_an_address_lands_as_its_keyed_hash(lander: Lander, key: str) -> None:
    lander.hash_key = key
    landed = lander.land("people.csv", "id,E-Mail\n1, Ann@Example.com \n2,\n3,jörg@example.com\n")
    assert landed.notes == ("E-Mail landed as email_hash",)
    assert landed.dropped == ()

    def keyed(address: str) -> str:
        return hmac.new(key.strip().encode(), address.encode(), hashlib.sha256).hexdigest()

    assert lander.rows("select id, email_hash from people order by id") == [
        ("1", keyed("ann@example.com")),
        ("2", None),
        ("3", keyed("jörg@example.com")),
    ]


def test_every_format_gives_the_same_hash(lander: Lander, tmp_path: Path) -> None:
    lander.hash_key = KEY
    for path in files_with_secrets(tmp_path):
        if path.name[0] in "abcdefj":
            lander.land_path(path)
            table = path.name[0]
            assert lander.rows(f"select distinct email_hash from {table}") == [(expected_hash(SECRETS[1]),)], path


def test_without_a_key_an_address_is_dropped_and_said(lander: Lander) -> None:
    landed = lander.land("people.csv", "id,email\n1,ann@example.com\n")
    assert landed.dropped == ("email",)
    assert landed.notes == ("email would land as email_hash, if CXMART_HASH_KEY were set",)
    assert lander.rows("select column_name from duckdb_columns() where column_name like '%mail%'") == []
    # With the key, the same file is loaded anew.
    lander.hash_key = KEY
    assert lander.land("people.csv", "id,email\n1,ann@example.com\n").is_new
    assert lander.rows("select email_hash from people") == [(expected_hash("ann@example.com"),)]


def test_a_hash_that_the_file_has_stays(lander: Lander) -> None:
    lander.hash_key = KEY
    landed = lander.land("people.csv", "id,email,Email_Hash\n1,ann@example.com,abc\n")
    assert landed.dropped == ("email",)
    assert lander.rows("select email_hash from people") == [("abc",)]


def test_another_key_than_before_is_refused(lander: Lander) -> None:
    lander.hash_key = KEY
    lander.land("people-1.csv", "id,email\n1,ann@example.com\n")
    before = lander.everything()
    lander.hash_key = KEY[::-1]
    with pytest.raises(CxmartError, match="another key") as caught:
        lander.land("people-2.csv", "id,email\n2,ann@example.com\n")
    assert caught.value.exit_code is ExitCode.USAGE
    assert lander.everything() == before
    # What has no address lands.
    assert lander.land("people-3.csv", "id\n3\n").rows_loaded == 1
    lander.hash_key = KEY
    assert lander.land("people-2.csv", "id,email\n2,ann@example.com\n").rows_loaded == 1


def test_customers_of_the_standard_layout_get_their_hash(lander: Lander) -> None:
    lander.source, lander.hash_key = contract_of("standard"), KEY
    lander.land("customers.csv", "customer_id,email,first_name\nc1,ann@example.com,Ann\n")
    assert lander.rows("select customer_id, email_hash from customers") == [("c1", expected_hash("ann@example.com"))]


@pytest.mark.parametrize("key", ["short", "x" * 15])
def test_a_short_key_is_refused(cxmart: Run, key: str) -> None:
    done = cxmart("doctor", env={"CXMART_HASH_KEY": key})
    assert done.returncode == ExitCode.USAGE
    assert "CXMART_HASH_KEY has" in done.stderr
    assert key not in done.stderr.replace("CXMART_HASH_KEY has", "")


# What is let through, and what is shown


def test_a_column_that_the_contract_lets_through_lands_and_is_said(lander: Lander) -> None:
    lander.source = things(let_through=["nickname"])
    landed = lander.land("things.csv", "thing_id,Nickname,name\na,ann,Ann Example\n")
    assert (landed.let_through, landed.dropped) == (("Nickname",), ("name",))
    assert lander.rows('select "Nickname" from things') == [("ann",)]
    assert remarks(landed)[:2] == [
        "left out, since such columns never land: name",
        "landed, since the contract lets it through: Nickname",
    ]
    assert lander.land("things-2.csv", "thing_id,Nickname\nb,bob\n").let_through == ("Nickname",)


def test_the_example_says_what_it_lets_through(lander: Lander) -> None:
    lander.source = contract_of("online_retail")
    landed = lander.land(
        "online_retail.csv",
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,LIGHT,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n",
    )
    assert landed.let_through == ("Description",)


def test_a_contract_may_not_need_what_never_lands() -> None:
    column = {"name": "customer_name", "config": {"meta": {"required": True}}}
    with pytest.raises(ValueError, match="customer_name, which never lands"):
        _table({"name": "people", "columns": [column]})
    allowed = _table({"name": "people", "columns": [column], "config": {"meta": {"let_through": ["Customer_Name"]}}})
    assert isinstance(allowed, Table)


def test_doctor_shows_the_list_and_hides_the_key(cxmart: Run) -> None:
    done = cxmart("doctor", env={"CXMART_HASH_KEY": KEY})
    assert done.returncode == 0, done.stderr
    assert KEY not in done.stdout + done.stderr
    assert "CXMART_HASH_KEY" in done.stdout
    for kind, names in private_columns.KINDS.items():
        assert f"{kind}: {', '.join(names)}" in done.stdout
        # The list that is shown is the one in force.
        assert all(private_columns.kind_of(name) for name in names)
    assert "e-mail addresses are left out" in cxmart("doctor").stdout


def test_the_command_says_what_it_left_out(cxmart: Run, tmp_path: Path) -> None:
    lander = Lander(tmp_path)
    path = lander.write("customers.csv", "customer_id,email,phone\nc1,ann@example.com,1\n")
    done = cxmart("load", "standard", str(path))
    assert f"{path}: left out, since such columns never land: email, phone" in done.stdout
    assert f"{path}: email would land as email_hash, if CXMART_HASH_KEY were set" in done.stdout
    assert "ann@example.com" not in done.stdout + done.stderr


def test_a_landed_file_says_nothing_that_is_not_so() -> None:
    assert remarks(Landed("f", "t", True, 1, rows_read=1)) == []
