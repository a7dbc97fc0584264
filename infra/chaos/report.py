"""What a chaos run has found."""

from dataclasses import dataclass, field


@dataclass
class Report:
    """What is wrong, a sentence each; `present` counts the accepted inputs that are there."""

    lost: list = field(default_factory=list)
    duplicated: list = field(default_factory=list)
    left_over: list = field(default_factory=list)
    present: int = 0

    @property
    def is_good(self):
        """Whether nothing is lost, doubled or left over."""
        return not (self.lost or self.duplicated or self.left_over)

    def compare(self, what, expected, found):
        """Compare two `Counter`s; note what is missing, what is too many, and what nobody expected."""
        for name in expected:
            if found[name] < expected[name]:
                self.lost.append(f"{what} {name}: {found[name]} of {expected[name]}")
        for name in found:
            if found[name] > expected[name]:
                self.duplicated.append(f"{what} {name}: {found[name]} instead of {expected[name]}")
