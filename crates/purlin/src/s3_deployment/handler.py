"""Publishes files to a bucket: uploads what a stack names, takes away what is no longer there, tells CloudFront."""

import fnmatch
import io
import json
import mimetypes
import urllib.request
import zipfile

import botocore.session

TYPES = {
    ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".map": "application/json",
    ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml", ".webp": "image/webp", ".avif": "image/avif",
    ".woff2": "font/woff2", ".woff": "font/woff", ".wasm": "application/wasm", ".ico": "image/x-icon", ".md": "text/markdown",
}
session = botocore.session.get_session()


def handler(event, context):
    props = event["ResourceProperties"]
    name = f"{props['Bucket']}/{props.get('Prefix', '')}"
    status, reason = "SUCCESS", ""
    try:
        if event["RequestType"] == "Delete":
            # Where nothing was published yet there is nothing to take away.
            if event["PhysicalResourceId"] == name and props["Retain"] == "false":
                empty(props["Bucket"], props.get("Prefix", ""))
        else:
            publish(props, event["RequestId"])
    except Exception as error:  # Whatever it is, CloudFormation waits for an answer.
        print(repr(error))
        status, reason = "FAILED", f"{type(error).__name__}: {error}"
        if event["RequestType"] == "Create":
            name = "not-published"
    answer(event, status, reason, event.get("PhysicalResourceId", name) if status == "FAILED" else name)


def answer(event, status, reason, name):
    ids = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    body = json.dumps({**ids, "Status": status, "Reason": reason[:1000], "PhysicalResourceId": name, "Data": {}}).encode()
    request = urllib.request.Request(event["ResponseURL"], data=body, method="PUT", headers={"Content-Type": ""})
    urllib.request.urlopen(request).read()


def publish(props, request_id):
    s3 = session.create_client("s3")
    bucket, prefix = props["Bucket"], props.get("Prefix", "")
    files = {}
    for asset in props.get("Assets", []):
        body = s3.get_object(Bucket=asset["Bucket"], Key=asset["Key"])["Body"].read()
        archive = zipfile.ZipFile(io.BytesIO(body))
        files.update({it.filename: archive.read(it) for it in archive.infolist() if not it.is_dir()})
    files.update({path: text.encode() for path, text in props.get("Texts", {}).items()})
    # Pages come last: whoever gets a new page finds what it links to.
    for path in sorted(files, key=lambda path: (path.endswith(".html"), path)):
        s3.put_object(Bucket=bucket, Key=prefix + path, Body=files[path], **headers(path, props.get("CacheControl", [])))
    if props["Prune"] == "true":
        remove(s3, bucket, [{"Key": key} for key in keys(s3, bucket, prefix) if key[len(prefix):] not in files])
    if props.get("Distribution"):
        invalidate(props, request_id)


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


def empty(bucket, prefix):
    s3 = session.create_client("s3")
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    found = [item for page in pages for kind in ("Versions", "DeleteMarkers") for item in page.get(kind, [])]
    remove(s3, bucket, [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found])


def invalidate(props, request_id):
    cloudfront = session.create_client("cloudfront")
    paths = props["DistributionPaths"]
    batch = {"Paths": {"Quantity": len(paths), "Items": paths}, "CallerReference": request_id}
    made = cloudfront.create_invalidation(DistributionId=props["Distribution"], InvalidationBatch=batch)
    if props["Wait"] == "true":
        waiter = cloudfront.get_waiter("invalidation_completed")
        waiter.wait(DistributionId=props["Distribution"], Id=made["Invalidation"]["Id"])
