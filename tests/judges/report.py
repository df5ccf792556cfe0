"""What the judges said, counted, and who disagreed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

OURS = "python -m pakta verify"


@dataclass
class Report:
    """What was asked of whom, and what went wrong."""

    wrong: list[str] = field(default_factory=list)
    believed: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    refused: dict[str, Counter[str]] = field(default_factory=dict)
    missed: dict[str, Counter[str]] = field(default_factory=dict)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)

    def good(self, judge: str, names: Sequence[str], answers: Sequence[str]) -> None:
        """Count who believes what is untouched."""
        if len(names) != len(answers):
            self.wrong.append(f"{judge} answered {len(answers)} of {len(names)}")
        for name, answer in zip(names, answers, strict=False):
            self.believed[judge] += not answer
            if answer:
                self.wrong.append(f"{judge}, {name}, untouched: {answer}")

    def changed(self, judge: str, regions: Sequence[str], answers: Sequence[str], blind: frozenset[str]) -> None:
        """Count who refuses what was changed; in a region where a judge is blind nothing is demanded."""
        if len(regions) != len(answers):
            self.wrong.append(f"{judge} answered {len(answers)} of {len(regions)}")
        for region, answer in zip(regions, answers, strict=False):
            table = self.refused if answer else self.missed
            table.setdefault(judge, Counter())[region] += 1
            if not answer and region not in blind:
                self.wrong.append(f"{judge} believes a file with a changed byte in: {region}")

    def show(self) -> None:
        """Print the counts of changed bytes by region and judge, then what went wrong."""
        judges = list(self.refused)
        regions = list(dict.fromkeys(region for counts in self.refused.values() for region in counts))
        regions += [each for counts in self.missed.values() for each in counts if each not in regions]
        print("\n| a changed byte in | " + " | ".join(judges) + " |\n|---|" + "---|" * len(judges))
        for region in dict.fromkeys(regions):
            print(f"| {region} | " + " | ".join(self._cell(judge, region) for judge in judges) + " |")
        print("| all | " + " | ".join(self._cell(judge, None) for judge in judges) + " |")
        for each in self.wrong[:40]:
            print(f"WRONG: {each}")
        print(f"\n{len(self.wrong)} disagreements" if self.wrong else "\nAll agree.")

    def _cell(self, judge: str, region: str | None) -> str:
        counts = [table.get(judge, Counter()) for table in (self.refused, self.missed)]
        yes, no = (sum(each.values()) if region is None else each[region] for each in counts)
        return f"{yes} of {yes + no}"
