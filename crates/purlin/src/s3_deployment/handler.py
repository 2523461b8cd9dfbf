"""Publishes files to a bucket: uploads what a stack names, deletes what it named before, tells CloudFront.

Every file carries its owner, a hash of stack, resource, bucket and prefix. Only files of the same owner are deleted, so files of
a renamed or moved deployment, of other deployments, and of users stay. CloudFormation deletes an old resource after it has
created the new one.
"""

import concurrent.futures
import fnmatch
import hashlib
import io
import json
import mimetypes
import urllib.request
import zipfile

import botocore.exceptions
import botocore.session

TYPES = {
    ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".map": "application/json",
    ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml", ".webp": "image/webp", ".avif": "image/avif",
    ".woff2": "font/woff2", ".woff": "font/woff", ".wasm": "application/wasm", ".ico": "image/x-icon", ".md": "text/markdown",
}
NOT_PUBLISHED = "not-published"
session = botocore.session.get_session()


def handler(event, context):
    props = event["ResourceProperties"]
    place = f"{props['Bucket']}/{props.get('Prefix', '')}"
    owner = hashlib.sha256(f"{event['StackId']}|{event['LogicalResourceId']}|{place}".encode()).hexdigest()[:32]
    name, status, reason = place, "SUCCESS", ""
    try:
        if event["RequestType"] != "Delete":
            publish(props, owner, event.get("PhysicalResourceId") != place, event["RequestId"])
        elif event["PhysicalResourceId"] != NOT_PUBLISHED:
            withdraw(props, owner, event["StackId"])
    except Exception as error:  # Whatever it is, CloudFormation waits for an answer.
        print(repr(error))
        status, reason = "FAILED", f"{type(error).__name__}: {error}"
        name = NOT_PUBLISHED if event["RequestType"] == "Create" else event["PhysicalResourceId"]
    answer(event, status, reason, event["PhysicalResourceId"] if event["RequestType"] == "Delete" else name)


def answer(event, status, reason, name):
    ids = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    body = json.dumps({**ids, "Status": status, "Reason": reason[:1000], "PhysicalResourceId": name, "Data": {}}).encode()
    request = urllib.request.Request(event["ResponseURL"], data=body, method="PUT", headers={"Content-Type": ""})
    urllib.request.urlopen(request).read()


def publish(props, owner, is_new, request_id):
    s3 = session.create_client("s3")
    bucket, prefix = props["Bucket"], props.get("Prefix", "")
    files = {}
    for asset in props.get("Assets", []):
        body = s3.get_object(Bucket=asset["Bucket"], Key=asset["Key"])["Body"].read()
        archive = zipfile.ZipFile(io.BytesIO(body))
        files.update({it.filename: archive.read(it) for it in archive.infolist() if not it.is_dir()})
    files.update({path: text.encode() for path, text in props.get("Texts", {}).items()})
    before = set(keys(s3, bucket, prefix))
    written = []
    try:
        # Pages come last: whoever gets a new page finds what it links to.
        for path in sorted(files, key=lambda path: (path.endswith(".html"), path)):
            key, metadata = prefix + path, {"publisher": owner}
            if is_new and key in before:
                metadata["replaced"] = "true"
            put = {"Bucket": bucket, "Key": key, "Body": files[path], "Metadata": metadata}
            made = s3.put_object(**put, **headers(path, props.get("CacheControl", [])))
            written.append({"Key": key, "VersionId": made.get("VersionId", "null")})
        if props["Prune"] == "true" and not is_new:
            others = before - {it["Key"] for it in written}
            remove(s3, bucket, owned(s3, bucket, [{"Key": key} for key in others], owner))
        if props.get("Distribution"):
            invalidate(props, request_id)
    except Exception:
        if is_new:
            take_back(s3, bucket, [it for it in written if it["VersionId"] != "null" or it["Key"] not in before])
        raise


def take_back(s3, bucket, written):
    try:
        remove(s3, bucket, written)
    except Exception as error:  # The first error is the one to report.
        print(repr(error))


def withdraw(props, owner, stack):
    s3 = session.create_client("s3")
    bucket = props["Bucket"]
    if props["OnDelete"] == "retain":
        return
    status = session.create_client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    try:
        found = versions(s3, bucket, props.get("Prefix", ""))
        # The bucket goes with its stack, and has to be empty for it.
        if props["OnDelete"] != "empty" or status not in ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
            found = owned(s3, bucket, found, owner, is_rollback="ROLLBACK" in status)
        remove(s3, bucket, found)
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise


def headers(path, rules):
    extension = "." + path.rsplit(".", 1)[-1].lower()
    kind = TYPES.get(extension) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind in ("application/json", "application/manifest+json", "image/svg+xml")
    found = {"ContentType": f"{kind}; charset=utf-8" if text else kind}
    for rule in rules:
        if fnmatch.fnmatchcase(path, rule["Pattern"]):
            return {**found, "CacheControl": rule["Value"]}
    return found


def keys(s3, bucket, prefix):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def remove(s3, bucket, objects):
    for start in range(0, len(objects), 1000):
        batch = {"Objects": objects[start : start + 1000], "Quiet": True}
        errors = s3.delete_objects(Bucket=bucket, Delete=batch).get("Errors")
        if errors:
            raise RuntimeError(f"cannot delete {errors[0]['Key']}: {errors[0]['Message']}")


def owned(s3, bucket, objects, owner, is_rollback=False):
    """Those of the objects that have this owner. In a rollback, a file that cannot come back stays."""
    def is_own(it):
        version = {} if it.get("VersionId", "null") == "null" else {"VersionId": it["VersionId"]}
        try:
            metadata = s3.head_object(Bucket=bucket, Key=it["Key"], **version)["Metadata"]
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("404", "405", "NoSuchKey", "MethodNotAllowed"):  # Or a delete marker.
                return False
            raise
        is_lost = is_rollback and not version and "replaced" in metadata
        return metadata.get("publisher") == owner and not is_lost

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return [it for it, is_its in zip(objects, pool.map(is_own, objects)) if is_its]


def versions(s3, bucket, prefix):
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    found = [item for page in pages for kind in ("Versions", "DeleteMarkers") for item in page.get(kind, [])]
    return [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]


def invalidate(props, request_id):
    cloudfront = session.create_client("cloudfront")
    paths = props["DistributionPaths"]
    batch = {"Paths": {"Quantity": len(paths), "Items": paths}, "CallerReference": request_id}
    made = cloudfront.create_invalidation(DistributionId=props["Distribution"], InvalidationBatch=batch)
    if props["Wait"] == "true":
        waiter = cloudfront.get_waiter("invalidation_completed")
        waiter.wait(DistributionId=props["Distribution"], Id=made["Invalidation"]["Id"])
