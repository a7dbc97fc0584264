"""Fieldwork: the execution of interventions."""
