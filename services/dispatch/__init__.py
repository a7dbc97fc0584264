"""Dispatch: routing, assignment, deadlines, work orders and their planned interventions."""
