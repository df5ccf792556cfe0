"""The interface in English: by the address alone, and the same for programs in each language."""

from __future__ import annotations

from typing import Any, cast

from pakta.certificates.models import IssuedCredential
from tests.api.conftest import Program
from tests.people import City


def test_programs_are_answered_in_english_where_the_address_asks_for_it(
    city: City, siti: IssuedCredential, program: Program
) -> None:
    def told(asked: str, **sent: Any) -> dict[str, Any]:
        sent = {"headers": {"Accept-Language": "en"}} | sent
        answer = program.ask(f"/api/v1/verify{asked}", method="POST", rule="/api/v1/verify", **sent)
        return cast(dict[str, Any], answer.get_json(force=True))

    ours = {"json": {"number": siti.number}}
    indonesian, english = (told(asked, **ours)["results"][0] for asked in ("", "?bahasa=en"))
    assert "ledger" in english["sentence"] + english["steps"][4]["text"] != indonesian["steps"][4]["text"]
    same = ("verdict", "valid", "reason", "certificate", "as_of")
    assert [english[name] for name in same] == [indonesian[name] for name in same]
    assert [(each["step"], each["mark"]) for each in english["steps"]] == [
        (each["step"], each["mark"]) for each in indonesian["steps"]
    ]
    refused = [told(asked, json={"number": "7K3M"})["detail"] for asked in ("", "?bahasa=en", "?bahasa=xx")]
    assert refused[0] == refused[2] != refused[1] and "number" in refused[1]
    missing = [program.client.get(f"/api/v2/verify{asked}").get_json(force=True) for asked in ("", "?bahasa=en")]
    assert missing[0]["detail"] != missing[1]["detail"] and missing[0]["title"] == missing[1]["title"]
