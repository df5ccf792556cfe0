"""What a file would do and an administrator should look at twice is marked: it is not refused."""

from __future__ import annotations

from tests.imports.office import Office

WHOLE_ON_POSTGRESQL = True


def test_a_new_person_who_is_nearly_one_that_is_there_is_pointed_out_and_not_refused(office: Office) -> None:
    there = ["119850101202001123", "non-asn", "Eni Rahayu", "", "", "dinkes", "", "", ""]
    office.send(office.bring([*office.lines(), there]), "terapkan")
    like = [["19850101202001123"], ["119850101202001124"], ["1198501012020011237"]]
    others = [["98501012020011"], ["219850101202001124"]]  # further apart
    for number, told in [*((each[0], True) for each in like), *((each[0], False) for each in others)]:
        elsewhere = ["77" + number[:12], *there[1:]]
        import_id = office.bring([elsewhere, [number, *there[1:]]])
        assert office.state(import_id)[1:] == (2, 0, 0, 0)
        said = office.page(import_id, asks="?daftar=baru")
        assert ("1 orang baru mirip orang yang sudah ada" in said) is told
        assert said.count("Mirip orang yang sudah ada:") == told and there[0] not in said
        if told:
            assert said.index("Mirip orang yang") < said.index(f"•{elsewhere[0][-3:]}")  # comes first
    for changed in ({2: "Eni Rahayuni"}, {5: "dikbud"}):  # of another name, or elsewhere
        line = ["19850101202001123", *(changed.get(at, cell) for at, cell in enumerate(there) if at)]
        assert "mirip orang" not in office.page(office.bring([line]))
