"""What keeps a command from going on."""


class Refusal(Exception):
    """A command cannot go on; its text is one sentence for the terminal, and the exit code is 1."""
