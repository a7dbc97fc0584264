"""The JSON API: a table of routes per service, and the two places that are more than a row."""

from gateway.api.attachments import attachments
from gateway.api.directory import directory
from gateway.api.dispatch import dispatch
from gateway.api.fieldwork import fieldwork
from gateway.api.inbound import inbound
from gateway.api.notifications import notifications
from gateway.api.session import session
from gateway.api.tickets import tickets

BLUEPRINTS = (session, directory, tickets, attachments, dispatch, fieldwork, notifications, inbound)
