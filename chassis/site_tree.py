"""The tree of sites as services copy it: `path` holds a site's ancestors from the root down, and itself."""


def nearest(column, site, key="site_id"):
    """Return the SQL for what a site has of a column, or else the nearest place above that has it.

    By `organisation_id`, whose a site is; by `usergroup_id`, who serves it.

    :param column: of the table `sites`.
    :param site: name of its row in the statement around.
    :param key: column of the ids in `sites`.
    """
    return (
        f"(SELECT above.{column} FROM sites AS above WHERE above.{key} = ANY ({site}.path)"
        f" AND above.{column} IS NOT NULL ORDER BY cardinality(above.path) DESC LIMIT 1)"
    )
