"""The SMTP process that waits less long for the database, for tests: `-m tests.inbound_smtp.impatient`."""

import sys

from services.inbound import smtp

if __name__ == "__main__":
    smtp.READY_SECONDS, smtp.ANSWER_SECONDS = 0.5, 1
    sys.exit(smtp.main())
