"""The tree of sites as services copy it: `path` holds a site's ancestors from the root down, and itself."""


def nearest(column, site, key="site_id"):
    """Return the SQL for a site's value in a column or, where it has none, that of the nearest place above with one.

    Such as `organisation_id`, whose a site is, and `usergroup_id`, who serves it.

    :param column: of the table `sites`.
    :param site: name of its row in the statement around.
    :param key: column of the ids in `sites`.
    """
    return (
        f"(SELECT above.{column} FROM sites AS above WHERE above.{key} = ANY ({site}.path)"
        f" AND above.{column} IS NOT NULL ORDER BY cardinality(above.path) DESC LIMIT 1)"
    )
