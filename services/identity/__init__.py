"""Who is who: people, sessions, roles, usergroups, organisations and sites."""
