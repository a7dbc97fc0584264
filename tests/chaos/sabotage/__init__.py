"""Desks that are broken on purpose: their promises are taken out, to see whether the checker notices."""
