"""The description of the interface (OpenAPI 3.1), out of the lists that the product itself uses.

tests/api hold every kind of answer to it, so that neither changes without the other.
"""

from __future__ import annotations

from pakta.accounts.attempts import FROM_HERE
from pakta.api import answers
from pakta.core.errors import Reason
from pakta.core.verdict import Mark, Step, Word
from pakta.coverage import rules
from pakta.verification import document as documents
from pakta.web import problem

VERSION = "1.0.0"
LONGEST = 4000  # characters of an address or a number
FILES = ("application/pdf", "image/png", "image/jpeg", "image/webp", "text/plain", "application/octet-stream")
REASONS = (
    Reason.QUESTION_MALFORMED,
    Reason.QUESTION_TYPE,
    Reason.CERTIFICATE_NUMBER_MISSING,
    Reason.CERTIFICATE_NUMBER_MALFORMED,
    Reason.CERTIFICATE_NUMBER_LETTER,
    Reason.CERTIFICATE_NUMBER_CHECK,
    Reason.CERTIFICATE_UNKNOWN,
    Reason.FILE_EMPTY,
    Reason.FILE_TOO_LARGE,
    Reason.FILE_HOLDS_MANY,
    Reason.FILE_IS_ARCHIVE,
    Reason.FILE_OF_TWO_KINDS,
    Reason.FILE_TOO_HEAVY,
    Reason.PDF_MALFORMED,
    Reason.EVIDENCE_MALFORMED,
    Reason.IMAGE_FORMAT,
    Reason.IMAGE_HEIC,
    Reason.IMAGE_TOO_LARGE,
    Reason.IMAGE_MOVES,
    Reason.IMAGE_UNREADABLE,
    Reason.IMAGE_TOO_SLOW,
    Reason.IMAGE_WITHOUT_QR,
    Reason.READER_BUSY,
    Reason.TRIES_USED_UP,
    Reason.STORAGE_FULL,
    Reason.STORAGE_DOWN,
    Reason.STORAGE_UNSURE,
)

Schema = dict[str, object]


def document(*, origin: str) -> Schema:
    """Return the description of the interface at `origin`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pakta",
            "version": VERSION,
            "description": "Verdicts on certificates, and the public's shares of coverage. Within v1 members may be"
            " added, never removed or given another meaning. No key is needed; cookies are not looked at.",
        },
        "servers": [{"url": origin}],
        "paths": {
            "/api/v1/verify": {"post": _verify()},
            "/api/v1/coverage": {"get": _coverage()},
            "/api/v1/coverage.csv": {"get": _csv()},
            "/api/v1/coverage/{code}.csv": {"get": _course()},
            "/api/v1/badge/{code}.svg": {"get": _badge()},
            "/api/v1/openapi.json": {"get": _description()},
        },
        "components": {
            "schemas": {
                "Answer": _answer(),
                "Result": _result(),
                "Certificate": _certificate(),
                "Coverage": _shares(),
                "Institution": _institution(),
                "Problem": _problem(),
            },
            "responses": {
                "Problem": {
                    "description": "Refused or failed: RFC 9457. `reason` is the code to branch on.",
                    "headers": {
                        "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds; with 429 and 503."}
                    },
                    "content": {problem.TYPE: {"schema": _ref("Problem")}},
                },
                "Unchanged": {"description": "As the ETag in If-None-Match says: nothing has changed."},
            },
        },
    }


def _verify() -> Schema:
    file: Schema = {"schema": {}}
    form = _object({"file": {"type": "string", "contentMediaType": "application/octet-stream"}})
    return {
        "operationId": "verify",
        "summary": "Judge a certificate by the address in its QR, its number, or a file; nothing of it is kept.",
        "description": f"A file has at most {documents.LARGEST // 1024 // 1024} MB. At most {FROM_HERE} questions a"
        " quarter of an hour from one neighbourhood (/24, or /48 of IPv6); numbers and files share that count with"
        " the page /periksa. Then 429 with Retry-After.",
        "parameters": [_language()],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _question()},
                "multipart/form-data": {"schema": form},
                **dict.fromkeys(FILES, file),
            },
        },
        "responses": {
            "200": {
                "description": "Judged: one result a certificate, whatever the verdict.",
                "content": {"application/json": {"schema": _ref("Answer")}},
            },
            **{status: _problem_response() for status in ("400", "413", "415", "422", "429", "default")},
        },
    }


def _coverage() -> Schema:
    return _read("coverage", "The public's shares as JSON.", "application/json", _ref("Coverage"))


def _csv() -> Schema:
    return _read("coverageCsv", "The public's shares as CSV (RFC 4180).", "text/csv", {"type": "string"})


def _course() -> Schema:
    said = "An institution's shares in each of the days' pictures as CSV (RFC 4180); groups are those of the newest."
    return {**_read("coverageCourse", said, "text/csv", {"type": "string"}), "parameters": [_code()]}


def _code() -> Schema:
    return {"name": "code", "in": "path", "required": True, "schema": {"type": "string"}}


def _badge() -> Schema:
    said = "The badge of an institution, by its code in the shares; it names no person."
    return {**_read("badge", said, "image/svg+xml", {"type": "string"}), "parameters": [_code(), _language()]}


def _language() -> Schema:
    """Return the one parameter by which sentences are English; no header changes an answer."""
    said = "The language of sentences, refusals included: Indonesian unless it is en."
    return {"name": "bahasa", "in": "query", "description": said, "schema": {"enum": ["id", "en"], "default": "id"}}


def _description() -> Schema:
    return _read("openapi", "This description.", "application/json", {"type": "object"})


def _read(name: str, summary: str, content_type: str, schema: Schema) -> Schema:
    responses = {
        "200": {
            "description": summary,
            "headers": {"ETag": {"schema": {"type": "string"}}},
            "content": {content_type: {"schema": schema}},
        },
        "304": {"$ref": "#/components/responses/Unchanged"},
        "default": _problem_response(),
    }
    return {"operationId": name, "summary": summary, "responses": responses}


def _question() -> Schema:
    text: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST}
    return {"oneOf": [_object({"address": text}), _object({"number": text})]}


def _answer() -> Schema:
    return _object(
        {
            "host": {"type": "string"},
            "demonstration": _demonstration(),
            "checked_at": _time(),
            "results": {"type": "array", "minItems": 1, "items": _ref("Result")},
        }
    )


def _result() -> Schema:
    mark = _one_of(*Mark)
    step = _object({"step": _one_of(*Step, answers.PERSON), "mark": mark, "text": {"type": "string"}})
    return _object(
        {
            "verdict": _one_of(*Word),
            "valid": {
                "type": "boolean",
                "description": "True for the two SAH verdicts, where nothing in the file speaks against it. Not what"
                " nobody has checked: match the name with an identity card.",
            },
            "reason": {
                "type": ["string", "null"],
                "description": "Why the verdict is not SAH.",
            },
            "sentence": {
                "type": "string",
                "description": "What the page says, in Indonesian or, with `bahasa=en`, in English.",
            },
            "change": {
                "type": ["string", "null"],
                "description": "When and in which class it was revoked or suspended.",
            },
            "certificate": {"oneOf": [_ref("Certificate"), {"type": "null"}]},
            "steps": {
                "type": "array",
                "description": "All seven, also those that could not be taken; then `person` where a certificate is"
                " told.",
                "items": step,
            },
            "facts": {
                "type": "array",
                "description": "What else a PDF shows: its seal, the proof inside, the person's own signature.",
                "items": _object({"mark": mark, "text": {"type": "string"}}),
            },
            "as_of": _object(
                {"status_at": _time(null=True), "witnessed_at": _time(null=True), "ledger_size": _count(null=True)}
            ),
        }
    )


def _certificate() -> Schema:
    return _object(
        {
            "number": {"type": "string"},
            "name": {"type": ["string", "null"], "description": "Null in institutions whose members are not named."},
            "unit": {"type": "string"},
            "edition": {"type": "string"},
            "method": _one_of(*answers.METHODS.values()),
            "issued_at": _time(),
            "expires_at": _time(),
            "ledger_index": _count(),
        }
    )


def _shares() -> Schema:
    edition = _object({"code": {"type": "string"}, "title": {"type": "string"}, "closes_on": _day()})
    return _object(
        {
            "host": {"type": "string"},
            "city": {"type": "string"},
            "demonstration": _demonstration(),
            "as_of": {
                **_day(null=True),
                "description": "The day (Indonesia's western time) whose figures these are; they change once a day."
                " Null where none were counted yet.",
            },
            "least": {"const": rules.LEAST, "description": "Groups of fewer people are merged or not shown."},
            "editions": {"type": "array", "items": edition},
            "institutions": {"type": "array", "items": _ref("Institution")},
        }
    )


def _institution() -> Schema:
    names: Schema = {"type": "array", "minItems": 1, "items": {"type": "string"}}
    unit = _object({"names": names, "signed": _count(), "total": _count(), "percent": _percent()})
    return _object(
        {
            "code": {"type": "string"},
            "name": {"type": "string"},
            "signed": _count(null=True),
            "total": {**_count(null=True), "description": "Null where only a percentage is public."},
            "percent": {**_percent(null=True), "description": "Null of a group that is too small to be shown."},
            "excused": {
                **_count(null=True),
                "description": "How many people are out of the sums (on leave, studying, or gone). Null of fewer than"
                " `least`, where only a percentage is public, and where it was not told yet.",
            },
            "excused_percent": {
                **_percent(null=True),
                "description": "Of all its people those out of the sums, where only a percentage is public.",
            },
            "units": {"type": "array", "items": unit},
        }
    )


def _problem() -> Schema:
    required: Schema = {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {
            "type": "string",
            "description": "What happened and what to do, in Indonesian or, with `bahasa=en`, in English.",
        },
    }
    reason = _one_of(*REASONS)
    return {
        "type": "object",
        "properties": {**required, "reason": reason},
        "required": [*required],
        "additionalProperties": False,
    }


def _problem_response() -> Schema:
    return {"$ref": "#/components/responses/Problem"}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Schema) -> Schema:
    """Return the schema of an object that has all of these members and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def _one_of(*values: str) -> Schema:
    return {"enum": [str(each) for each in values]}


def _demonstration() -> Schema:
    return {"type": "boolean", "description": "True where all people are invented."}


def _count(*, null: bool = False) -> Schema:
    return {"type": ["integer", "null"] if null else "integer", "minimum": 0}


def _percent(*, null: bool = False) -> Schema:
    return {"type": ["number", "null"] if null else "number", "minimum": 0, "maximum": 100}


def _time(*, null: bool = False) -> Schema:
    return {"type": ["string", "null"] if null else "string", "format": "date-time"}


def _day(*, null: bool = False) -> Schema:
    return {"type": ["string", "null"] if null else "string", "format": "date"}
