"""Reports by webform, from people who are not signed in."""

from datetime import timedelta

from chassis.addresses import address_of
from chassis.errors import Invalid, NotFound, TooMany
from chassis.ids import new_id
from chassis.networks import counted_origin
from services.inbound import queries
from services.inbound.actions.copies import check_known
from services.inbound.contract import WebformSubmitted
from services.inbound.contract.words import (
    LONGEST_ADDRESS,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_SUBJECT,
)
from services.inbound.domain import (
    NAMELESS_SUBMISSIONS_AN_HOUR,
    SUBMISSIONS_AN_HOUR,
    SUBMISSIONS_PER_ORIGIN,
    missing_fields,
)
from services.inbound.models import Submission

HOUR = timedelta(hours=1)
#: An earlier version kept all of them, of years.
FORGOTTEN_AT_ONCE = 50_000
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


def submit_webform(work, *, slug, email, name, subject, description, site, language, origin):
    """Take a report; return its reference and what the link under which it is followed is made of.

    The id of its requester is made here, so that the link works before the ticket is open.

    :param origin: the caller's network address, empty where unknown.
    :raises NotFound: `webform_not_found`, `site_not_found`.
    :raises Invalid: `input_invalid`: a field that the form needs is missing, or one that it does not ask for is given.
    :raises TooMany: `too_many_requests`: within an hour too many reports came from that network, or named the address,
        or named none by this form, from networks that are not counted.
    """
    form = _open_form(work, slug)
    email = _checked(work, form, email=email, name=name, site=site)
    network = counted_origin(origin)
    _check_rate(work, form, email, network)
    ids = {"id": new_id(), "webform_id": form.id, "participant_id": new_id()}
    submission = Submission(**ids, email=email, origin=network, submitted_at=work.now)
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


def forget_submissions(work, most=FORGOTTEN_AT_ONCE):
    """Forget who was named in reports and which networks they came from, once that counts no more.

    :param most: reports at once.
    """
    work.change(queries.FORGET_SUBMISSIONS, until=work.now - HOUR, most=most)


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
    check_known(work, {"site": site})
    return email


def _check_rate(work, form, email, network):
    # Networks are locked before what is named, so that two transactions cannot wait for each other.
    for what, statement, most, cause in _limits(form, email, network):
        work.load(queries.ONE_AT_A_TIME, what=what)
        first = work.one(statement, what=what, since=work.now - HOUR, others=most - 1)
        if first:
            detail = f"Too many reports {cause}. Try again within an hour."
            raise TooMany.until("too_many_requests", detail, first.submitted_at + HOUR, work.now)


def _limits(form, email, network):
    """Yield what a report is counted under, how, how often that may be, and what is said of more."""
    if network:
        yield network, queries.FIRST_FROM_ORIGIN, SUBMISSIONS_PER_ORIGIN, "come from your network"
    if email:
        yield email, queries.FIRST_TO_ADDRESS, SUBMISSIONS_AN_HOUR, "name this address"
    elif not network:
        most = NAMELESS_SUBMISSIONS_AN_HOUR
        yield form.id, queries.FIRST_WITHOUT_ADDRESS, most, "by this form name no e-mail address"
