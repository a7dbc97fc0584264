"""Reports by webform, from people who are not signed in."""

from datetime import timedelta

from chassis.errors import Invalid, NotFound, TooMany
from chassis.ids import new_id
from services.inbound import queries
from services.inbound.actions.copies import check_known
from services.inbound.contract import WebformSubmitted
from services.inbound.contract.words import (
    LONGEST_ADDRESS,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_SUBJECT,
)
from services.inbound.domain import NAMELESS_SUBMISSIONS_AN_HOUR, SUBMISSIONS_AN_HOUR, address_of, missing_fields
from services.inbound.models import Submission

HOUR = timedelta(hours=1)
#: Characters of each field of a form; a site is an id.
LONGEST = {
    "subject": LONGEST_SUBJECT,
    "description": LONGEST_DESCRIPTION,
    "name": LONGEST_NAME,
    "email": LONGEST_ADDRESS,
    "site": 36,
}


def public_form(work, *, slug):
    """Return what is needed to show a form.

    :raises NotFound: `webform_not_found`, also for one that is closed.
    """
    form = _open_form(work, slug)
    asked = [{"name": name, "required": True} for name in ("subject", "description")] + form.fields
    fields = [{**field, "longest": LONGEST[field["name"]]} for field in asked]
    return {"slug": form.slug, "name": form.name, "language": form.language, "fields": fields}


def submit_webform(work, *, slug, email, name, subject, description, site, language, now):
    """Take a report; return its reference and what the link under which it is followed is made of.

    The id of its requester is made here, so that the link works before the ticket is open.

    :raises NotFound: `webform_not_found`.
    :raises Invalid: a field that the form needs is missing, or one that it does not ask for is given.
    :raises TooMany: `too_many_requests`: within an hour the address was named too often, or too many reports by this
        form named none.
    """
    form = _open_form(work, slug)
    email = _checked(work, form, email=email, name=name, site=site)
    _check_rate(work, form, email, now)
    submission = Submission(id=new_id(), webform_id=form.id, participant_id=new_id(), email=email, submitted_at=now)
    work.add(submission)
    said = {"name": name.strip(), "subject": subject.strip(), "description": description.strip()}
    _tell(work, form, submission, said | {"language": language or form.language, "site_id": site})
    return {"reference": submission.id, "participant_id": submission.participant_id, "named": email is not None}


def followed(*, reference, participant_id, named, links, public_url):
    """Return what whoever sent a report gets: its reference and the link under which it is followed.

    Whoever names an address gets a link that shows how far their report is; the one that shows the conversation is
    mailed to that address, for anybody may have named it. Whoever names none gets one that shows all, the only one.

    :param named: whether an address was named.
    :param links: `chassis.links.Links`.
    """
    participant = str(participant_id)
    token = links.sign("submitted", participant) if named else links.sign("reported", participant)
    return {"reference": reference, "token": token, "follow_url": f"{public_url}/api/v1/public/requests/{token}"}


def _tell(work, form, submission, said):
    work.tell(
        WebformSubmitted,
        submission_id=submission.id,
        webform_id=form.id,
        participant_id=submission.participant_id,
        email=submission.email,
        usergroup_id=form.usergroup_id,
        category_id=form.category_id,
        submitted_at=submission.submitted_at,
        **said,
    )


def _open_form(work, slug):
    form = work.one(queries.OPEN_WEBFORM, slug=slug)
    if form is None:
        raise NotFound("webform_not_found", "There is no such form.")
    return form


def _checked(work, form, *, email, name, site):
    problems = missing_fields(form.fields, {"email": email, "name": name.strip(), "site": site})
    try:
        email = address_of(email) if email else None
    except ValueError as error:
        problems["email"] = [str(error)]
    if problems:
        raise Invalid("input_invalid", "Some fields are not right.", {"fields": problems})
    check_known(work, site=("site", site))
    return email


def _check_rate(work, form, email, now):
    if email:
        most, statement, what = SUBMISSIONS_AN_HOUR, queries.FIRST_TO_ADDRESS, email
        detail = "Too many reports name this address. Try again within an hour."
    else:
        most, statement, what = NAMELESS_SUBMISSIONS_AN_HOUR, queries.FIRST_WITHOUT_ADDRESS, form.id
        detail = "Too many reports by this form name no e-mail address. Try again within an hour."
    work.load(queries.ONE_AT_A_TIME, what=what)
    first = work.one(statement, what=what, since=now - HOUR, others=most - 1)
    if first:
        raise TooMany.until("too_many_requests", detail, first.submitted_at + HOUR, now)
