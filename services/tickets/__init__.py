"""Tickets: categories, tickets and their conversations, participants, attachments, history, satisfaction."""
