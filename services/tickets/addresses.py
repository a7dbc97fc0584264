"""The addresses that people of the desk type for others: in one form, and somebody's."""

from chassis.addresses import address_of, is_reserved
from chassis.errors import Invalid


def address_in(field, email):
    """Return the address that a field gives, in the one form in which addresses are compared.

    :param field: of the input, such as `requester_email`.
    :raises Invalid: `input_invalid`, it is none, or nobody's.
    """
    try:
        return _usable(email)
    except ValueError as error:
        raise Invalid("input_invalid", str(error), {"fields": {field: [str(error)]}}) from None


def _usable(email):
    address = address_of(email)
    if is_reserved(address):
        raise ValueError("Nobody reads what is sent to this address.")
    return address
