"""What is wrong with a flow or a profile, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: the file, its line (0: the whole file), the rule it breaks, and in words what and how to
    mend it.
    """

    file: str
    line: int
    rule: str
    message: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.message}"


MENDS = {
    "key": "remove it, or write one of the known keys",
    "number": "write a number in digits, such as 30",
    "elements": "write the names of elements as listed",
    "deadline": "add it under deadlines, in seconds: {confirm: 86400, welcome: 3600, goodbye: 30}",
    "languages": "write the text, as the profile that this one extends has it in its languages",
    "flow": "take the flow of a shipped profile, or leave the key away",
    "words": 'write patterns such as yes: ["YES", "YES {keyword}"]',
    "placeholders": "write only placeholders that the text of the profile it extends has, with their braces closed",
    "evidence": "write evidence: [sub_url, sub_ip, sub_key] or fewer of them",
    "version": "raise the version",
    "reminder": "take another action or flow, or leave the reminder away",
    "registration_id": "write fresh",
}
"""What to write, by rule, where the fault itself does not say it."""


class BadProfiles(ValueError):
    """Flows or profiles that do not hold what they must; `problems` has every fault found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
