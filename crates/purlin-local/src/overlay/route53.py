"""Route 53: the hosted zone that a stack imports by its id exists, as it does in the user's account."""

from ministack.services import route53

from . import around


def install():
    around("AWS::Route53::RecordSet", create=in_a_zone, update=in_a_zone_still)


def in_a_zone(create):
    def created(logical_id, props, stack):
        ensure_zone(props)
        return create(logical_id, props, stack)

    return created


def in_a_zone_still(update):
    def updated(record, old, new, stack, *more):
        ensure_zone(new)
        return update(record, old, new, stack, *more)

    return updated


def ensure_zone(props):
    """Makes the zone a record names by id, if there is none: for the parent of the record's name.

    A stack does not create the zone it imports, so nothing else could; `app.example.com` makes `example.com`.
    """
    zone_id = str(props.get("HostedZoneId") or "").removeprefix("/hostedzone/")
    with route53._lock:
        if not zone_id or zone_id in route53._zones:
            return
        name = route53._normalise_name(str(props.get("Name") or ""))
        labels = name.rstrip(".").split(".")
        zone = name if len(labels) <= 2 else ".".join(labels[1:]) + "."
        route53._zones[zone_id] = {
            "id": zone_id,
            "name": zone,
            "caller_reference": f"purlin-{zone_id}",
            "comment": "stands in for the imported zone",
            "private": False,
            "vpcs": [],
        }
        route53._records[zone_id] = route53._default_records(zone)


def alias_of(host):
    """The DNS name that a host's alias record points to, in whichever account it is, or none."""
    wanted = host.lower().rstrip(".") + "."
    for records in list(route53._records._data.values()):
        for record in records:
            if record["Name"] == wanted and record["Type"] == "A" and "AliasTarget" in record:
                return record["AliasTarget"]["DNSName"].rstrip(".").removeprefix("dualstack.")
    return None
