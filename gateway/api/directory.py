"""People, roles, usergroups, organisations and sites: what identity answers."""

from gateway.routes import Route, blueprint
from services.identity.contract import Identity

directory = blueprint(
    "directory",
    "People, roles, usergroups, organisations and sites.",
    [
        Route("GET", "/me", Identity, "me"),
        Route("GET", "/people", Identity, "list_people"),
        Route("POST", "/people", Identity, "create_person", 201, located=True),
        Route("GET", "/people/<uuid:person_id>", Identity, "person_by_id"),
        Route("PATCH", "/people/<uuid:person_id>", Identity, "change_person", matches=True),
        Route("POST", "/people/<uuid:person_id>/invitations", Identity, "invite_person", 202),
        Route("GET", "/roles", Identity, "list_roles"),
        Route("GET", "/usergroups", Identity, "list_usergroups"),
        Route("POST", "/usergroups", Identity, "create_usergroup", 201, located=True),
        Route("GET", "/usergroups/<uuid:usergroup_id>", Identity, "usergroup_by_id"),
        Route("PATCH", "/usergroups/<uuid:usergroup_id>", Identity, "change_usergroup", matches=True),
        Route("GET", "/organisations", Identity, "list_organisations"),
        Route("POST", "/organisations", Identity, "create_organisation", 201),
        Route("PATCH", "/organisations/<uuid:organisation_id>", Identity, "change_organisation", matches=True),
        Route("GET", "/sites", Identity, "list_sites"),
        Route("POST", "/sites", Identity, "create_site", 201, located=True),
        Route("GET", "/sites/<uuid:site_id>", Identity, "site_by_id"),
        Route("PATCH", "/sites/<uuid:site_id>", Identity, "change_site", matches=True),
        Route("POST", "/registrations", Identity, "register", 202),
        Route("POST", "/copies", Identity, "retell", 202),
    ],
)
