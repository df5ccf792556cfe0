"""A number that now names somebody else is noticed; a name that is only written in another way is not."""

from __future__ import annotations

import pytest

from pakta.roster import names

OTHERS = [
    ("Siti Lestari", "Bambang Sutejo"),
    ("Siti Lestari", "Siti Aminah"),
    ("Muhammad Rizki", "Muhammad Fajar Nugroho"),
    ("Muhammad Rizki", "Moh. Fajar"),
    ("Budi Wiryawan", "Siti Wiryawan"),
    ("Drs. Budi", "Drs. Joko"),
    ("Ir. Joko, M.Si.", "Ir. Agus, M.Si."),
    ("Siti Lestari, S.Pd.", "Bambang Sutejo, S.Pd."),
    ("Siti Lestari S.Pd M.Kom", "Bambang Sutejo S.Pd M.Kom"),
    ("SITI LESTARI SPd", "BAMBANG SUTEJO SPd"),
    ("Siti Lestari", "Lestari, Bambang Sutejo"),
    ("Budi", "Budi Santoso"),
    ("Siti A.", "Siti B."),
    ("Sri Nur Aini", "Sri Dewi Hapsari"),
    ("Dra. Dewi", "Dra. Hj. Sri"),
    ("I Made Wirawan", "I Made Suarjana"),
    ("Muhammad Nur Hidayat", "Muhammad Nur Rahman"),
    ("Siti Nur Aminah", "Siti Nur Khasanah"),
    ("Siti Nur Aminah", "Dewi Nur Aminah"),
    ("Abdul Rahman Hakim", "Abdul Rahman Wahid"),
    ("Andi Muh. Fajar", "Andi Muhammad Rizal"),
    ("Siti Lestari", "S L Halim"),
    ("Siti Lestari", "Si Le Halim"),
    ("Siti Lestari", "Siti L. Halim"),
    ("Siti Lestari", "S. L."),
    ("Muhammad Rizki", "M. R."),
    ("Ahmad Fauzi", "A F Hidayat"),
    ("Siti Nur Aminah", "Siti N. Aisyah"),
]
SAME = [
    ("Siti Lestari", "Hj. Sitti Lestari, S.Pd."),
    ("Siti Lestari", "SITI LESTARI"),
    ("Siti Lestari", "Siti Lestari Wijaya"),
    ("Siti Lestari", "Lestari Siti"),
    ("Drs. Budi", "Dr. Drs. Budi, M.Si."),
    ("Suharto", "Soeharto"),
    ("Djoko Prasetyo", "Joko Prasetio"),
    ("Ani Kusumawati", "Any Kusumawaty"),
    ("Muhammad Rizki", "M. Rizki"),
    ("Moh. Rizki", "Mochammad Rizky"),
    ("Abd. Rahman", "Abdul Rahman"),
    ("Abdul Rahman", "Abdurrahman"),
    ("Nurhayati", "Nur Hayati"),
    ("Ma'ruf Amin", "Maruf Amin"),
    ("Siti L.", "Siti Lestari"),
    ("Wiryawan", "Budi Wiryawan"),
    ("Budi Wiryawan S.E., M.M.", "Budi Wiryawan"),
    ("I Made Wirawan", "Made Wirawan"),
    ("Siti Lestari", "Siti Lestrai"),
    ("Siti Lestari", "S. Lestari"),
    ("R.A. Kartini", "Raden Ajeng Kartini"),
    ("Siti Sari", "S. Siti Sari"),
    ("Ni Wayan Sukerti", "Ni W. Sukerti, S.E."),
    ("Li Na", "Li Na, S.H."),
    ("S. L.", "S. L., S.H."),
    ("Achmad Rachmat Hidayat", "Ahmad Rahmad Hidayat"),
]


@pytest.mark.parametrize(("old", "new"), OTHERS)
def test_a_number_that_names_somebody_else_is_noticed_both_ways(old: str, new: str) -> None:
    assert names.is_other(old, new) and names.is_other(new, old)


@pytest.mark.parametrize(("old", "new"), SAME)
def test_a_name_that_is_corrected_or_has_another_degree_is_the_same_persons(old: str, new: str) -> None:
    assert not names.is_other(old, new) and not names.is_other(new, old)
