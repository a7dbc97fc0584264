"""The whole desk, through HTTP and SMTP only, on either bus."""
