"""The rules of dispatch: pure, given the clock, without a database."""
