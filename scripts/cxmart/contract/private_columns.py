"""Which columns never land: what people wrote, their names, e-mail addresses and phone numbers, by the column's name.

A name is read as words: `customerEmail`, `Customer E-Mail` and `customer_email` are one. The lists hold English and
German words, in both singular and plural where exports use both.
"""

import re
import unicodedata


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EMAIL, PHONE, NAME, BODY = "e-mail address", "phone number", "name of a person", "text of a message"

# What is not about the thing that the last word names: `email_hash`, `message_id`, `phone_seconds`, `is_email`.
ABOUT_WORDS = _words(
    "id ids hash count type kind status state channel flag at on date time day seconds minutes hours length size "
    "language lang locale verified enabled sent opened clicked bounced opt in out rate score domain domains"
)
QUESTION_WORDS = _words("is has was can no num count")

EMAIL_WORDS = _words("email emails mail mails emailaddress mailadresse emailadresse")
EMAIL_NAMES = _words(
    "cc bcc reply_to in_reply_to from_address to_address sender recipient recipients addressee requester_address"
)
# The columns whose value becomes email_hash, the first of them that a file has.
HASHED_NAMES = ("email", "email_address", "customer_email", "mail")

PHONE_WORDS = _words(
    "phone phones telephone cellphone fax whatsapp msisdn phonenumber phoneno telefon telefonnummer rufnummer "
    "handynummer mobilnummer mobiltelefon"
)
PHONE_NAMES = _words(
    "mobile mobile_number mobile_no cell cell_number tel tel_no tel_number handy mobil caller_number calling_number "
    "called_number caller_id_number from_number to_number ani dnis"
)

PEOPLE = _words(
    "customer client buyer contact requester submitter author sender recipient user caller person reviewer reader "
    "guest member billing shipping delivery from to reply respondent participant consumer shopper subscriber first "
    "last full given family middle maiden nick display screen real legal holder cardholder addressee sur fore "
    "kunden kunde vor nach familien ansprech"
)
PERSON_NAMES = _words("name names surname forename nickname username fullname ansprechpartner initials")

BODY_WORDS = _words(
    "body bodies text texts html message messages comment comments content contents description subject note notes "
    "transcript transcripts transcription snippet verbatim feedback remark remarks summary excerpt signature "
    "attachment attachments nachricht nachrichten betreff kommentar kommentare beschreibung notiz notizen inhalt "
    "bemerkung bemerkungen"
)

# What the lists are called when they are shown.
KINDS = {
    BODY: sorted(BODY_WORDS),
    NAME: sorted({*PERSON_NAMES, *(f"{word}_name" for word in PEOPLE)}),
    EMAIL: sorted({*EMAIL_WORDS, *EMAIL_NAMES}),
    PHONE: sorted({*PHONE_WORDS, *PHONE_NAMES}),
}


def words_of(name: str) -> list[str]:
    """Split the name of a column into lower-case words without accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", plain)
    words = [word for word in re.split(r"[^a-z0-9]+", plain.casefold()) if word]
    joined: list[str] = []
    for word in words:
        # E-mail and e_mail are one word, phone2 is phone.
        if word in {"mail", "mails"} and joined and joined[-1] == "e":
            joined[-1] = f"e{word}"
        else:
            joined.append(word.rstrip("0123456789") or word)
    while joined and joined[-1].isdigit():
        joined.pop()
    return joined


def kind_of(name: str) -> str | None:
    """Tell what a column holds that never lands, by its name.

    Args:
        name: as it stands in a file.

    Returns:
        One of EMAIL, PHONE, NAME and BODY; None where the name is on no list.
    """
    words = words_of(name)
    if not words or words[0] in QUESTION_WORDS or (len(words) > 1 and words[-1] in ABOUT_WORDS):
        return None
    together = "_".join(words)
    if together in EMAIL_NAMES or EMAIL_WORDS.intersection(words):
        return EMAIL
    if together in PHONE_NAMES or PHONE_WORDS.intersection(words):
        return PHONE
    if _is_person_name(words):
        return NAME
    return BODY if words[-1] in BODY_WORDS else None


def hashed_column(names: list[str]) -> str | None:
    """Find the column that becomes `email_hash`, among the names of a file's columns."""
    read = {"_".join(words_of(name)): name for name in reversed(names)}
    return next((read[name] for name in HASHED_NAMES if name in read), None)


def _is_person_name(words: list[str]) -> bool:
    if len(words) == 1 and words[0] in PERSON_NAMES:
        return True
    if words[-1] in {"name", "names"} and len(words) > 1:
        return words[-2] in PEOPLE
    if words[-1] in PERSON_NAMES - {"name", "names"}:
        return True
    return words[-1].endswith("name") and words[-1].removesuffix("name") in PEOPLE
