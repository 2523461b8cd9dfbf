"""Route 53: creates the hosted zone that a stack imports by id, which exists in a real account."""

from ministack.services import route53

from . import around


def install():
    around("AWS::Route53::RecordSet", create=create_in_zone, update=update_in_zone)


def create_in_zone(create):
    def created(logical_id, props, stack):
        ensure_zone(props)
        return create(logical_id, props, stack)

    return created


def update_in_zone(update):
    def updated(record, old, new, stack, *more):
        ensure_zone(new)
        return update(record, old, new, stack, *more)

    return updated


def ensure_zone(props):
    """Creates the zone that a record names by id, if it is missing: for the parent domain of the record's name.

    A record of `app.example.com` creates the zone `example.com`: a stack does not create the zones that it imports.
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
    """The DNS name that a host's alias record points to, in any account, or None."""
    wanted = host.lower().rstrip(".") + "."
    for records in list(route53._records._data.values()):
        for record in records:
            if record["Name"] == wanted and record["Type"] == "A" and "AliasTarget" in record:
                return record["AliasTarget"]["DNSName"].rstrip(".").removeprefix("dualstack.")
    return None
