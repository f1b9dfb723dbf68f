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

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.message}"


class BadProfiles(ValueError):
    """Flows or profiles that do not hold what they must; `problems` has every fault found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
