"""The words that dispatch's contract is written in."""

CHANNELS = ("api", "mail", "webform", "incident")
PRIORITIES = ("low", "normal", "high", "urgent")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Where the usergroup of a routed ticket came from; `none` where nothing gave one.
ROUTING_REASONS = ("chosen", "rule", "mailbox", "webform", "category", "site", "none")
ASSIGNMENT_CODES = ("least_loaded", "only_candidate", "no_candidate", "no_usergroup")
DEADLINES = ("first_response", "resolution")
OUTCOMES = ("completed", "validated", "cancelled")
