"""Random histories of stacks that publish files, against the handler, a bucket and CloudFormation, all in memory.

CloudFormation creates and updates, then deletes what was replaced or removed; after a failure it updates back, then deletes what
was created (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-requesttypes.html).
"""

import datetime
import io
import random
import sys
import types
import zipfile

HANDLER, RUNS = sys.argv[1], int(sys.argv[2])


class ClientError(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


class S3:
    def __init__(self, has_versions):
        self.has_versions, self.objects, self.assets, self.is_gone, self.failures = has_versions, {}, {}, False, 0

    def files(self):
        return {key: all[-1]["Body"] for key, all in self.objects.items() if all and all[-1]["Body"] is not None}

    def call(self):
        if self.is_gone:
            raise ClientError("NoSuchBucket")

    def get_object(self, Bucket, Key):
        return {"Body": io.BytesIO(self.assets[Key])}

    def put_object(self, Bucket, Key, Body, Metadata={}, **_):
        self.call()
        if self.failures and random.random() < 0.4:
            self.failures -= 1
            raise ClientError("SlowDown")
        version = str(len(self.objects.get(Key, []))) if self.has_versions else "null"
        made = {"Body": Body, "Metadata": Metadata, "VersionId": version + datetime.datetime.now().isoformat() if self.has_versions else "null"}
        self.objects[Key] = [*self.objects.get(Key, []), made] if self.has_versions else [made]
        return {"VersionId": made["VersionId"]} if self.has_versions else {}

    def head_object(self, Bucket, Key, VersionId=None):
        found = [it for it in self.objects.get(Key, []) if VersionId in (None, it["VersionId"])]
        if not found:
            raise ClientError("404")
        if found[-1]["Body"] is None:
            raise ClientError("405" if VersionId else "404")
        return {"Metadata": found[-1]["Metadata"]}

    def delete_objects(self, Bucket, Delete):
        self.call()
        for it in Delete["Objects"]:
            all = self.objects.get(it["Key"], [])
            if "VersionId" in it:
                all[:] = [old for old in all if old["VersionId"] != it["VersionId"]]
            elif self.has_versions:
                all.append({"Body": None, "Metadata": {}, "VersionId": f"marker-{len(all)}-{random.random()}"})
            else:
                all.clear()
        return {}

    def get_paginator(self, name):
        def paginate(Bucket, Prefix):
            self.call()
            keys = sorted(key for key in self.objects if key.startswith(Prefix))
            if name == "list_objects_v2":
                return [{"Contents": [{"Key": key} for key in keys if key in self.files()]}]
            every = [(key, it) for key in keys for it in self.objects[key]]
            row = lambda key, it: {"Key": key, "VersionId": it["VersionId"]}
            versions = [row(key, it) for key, it in every if it["Body"] is not None]
            return [{"Versions": versions, "DeleteMarkers": [row(key, it) for key, it in every if it["Body"] is None]}]

        return types.SimpleNamespace(paginate=paginate)


class World:
    """One stack, its deployments by logical id, and a bucket with files that nobody here published."""

    def __init__(self, on_delete, has_versions):
        self.s3, self.on_delete, self.status, self.live, self.answers = S3(has_versions), on_delete, "", {}, []
        self.s3.put_object("site", "uploads/invoice.pdf", b"theirs")
        self.s3.put_object("site", "docs/theirs.html", b"theirs")
        self.stale = set()

    def client(self, name):
        stacks = types.SimpleNamespace(describe_stacks=lambda StackName: {"Stacks": [{"StackStatus": self.status}]})
        return self.s3 if name == "s3" else stacks

    def ask(self, handler, kind, logical_id, props, physical_id=None):
        event = {"RequestType": kind, "ResourceProperties": props, "StackId": "stack", "LogicalResourceId": logical_id,
                 "RequestId": "r", "ResponseURL": "http://x", **({"PhysicalResourceId": physical_id} if physical_id else {})}
        handler["handler"](event, None)
        return self.answers.pop()

    def props(self, prefix, texts, assets):
        for key, files in assets.items():
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w") as opened:
                for name, text in files.items():
                    opened.writestr(name, text)
            self.s3.assets[key] = archive.getvalue()
        names = [{"Bucket": "assets", "Key": key} for key in assets]
        return {"Bucket": "site", "Prefix": prefix, "Texts": texts, "Assets": names, "Prune": "true", "OnDelete": self.on_delete,
                "Files": sorted({prefix + it for files in [texts, *assets.values()] for it in files})}

    def deploy(self, handler, wanted, fails):
        """`wanted` is the new template; with `fails`, another resource fails after these."""
        is_first, before, files = not self.live, dict(self.live), self.s3.files()
        self.status, done, failed = "CREATE_IN_PROGRESS" if is_first else "UPDATE_IN_PROGRESS", [], fails
        for logical_id, props in wanted.items():
            old = before.get(logical_id)
            if old and old[0] == props:
                continue
            kind = "Update" if old else "Create"
            status, physical_id = self.ask(handler, kind, logical_id, props, old and old[1])
            if status == "FAILED":
                done.append((logical_id, props, physical_id, old))
                failed = True
                break
            self.live[logical_id] = (props, physical_id)
            done.append((logical_id, props, physical_id, old))
        if failed:
            self.s3.failures = 0
            self.status = "ROLLBACK_IN_PROGRESS" if is_first else "UPDATE_ROLLBACK_IN_PROGRESS"
            later = []
            for logical_id, props, physical_id, old in reversed(done):
                if old is None:
                    later.append((logical_id, props, physical_id))
                    continue
                status, again = self.ask(handler, "Update", logical_id, old[0], physical_id)
                assert (status, again) == ("SUCCESS", old[1]), (status, again, old)
                if again != physical_id:
                    later.append((logical_id, props, physical_id))
            if not is_first:
                self.status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
            for logical_id, props, physical_id in later:
                assert self.ask(handler, "Delete", logical_id, props, physical_id)[0] == "SUCCESS"
            self.live = before
            # Without versions, a file that a failed deployment replaced has its content, and no owner any more.
            self.stale |= {key for key, body in self.s3.files().items() if files.get(key) != body}
            # The bucket of a stack whose creation failed is deleted, too.
            return is_first and self.on_delete == "empty"
        self.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        removed = [(it, *before[it]) for it in before if it not in wanted]
        replaced = [(it, *before[it]) for it in wanted if it in before and before[it][1] != self.live[it][1]]
        for logical_id, props, physical_id in removed + replaced:
            assert self.ask(handler, "Delete", logical_id, props, physical_id)[0] == "SUCCESS"
        self.live = {it: self.live[it] for it in wanted}
        return False

    def check(self):
        files = self.s3.files()
        published = {key for props, _ in self.live.values() for key in props["Files"]}
        foreign = {"uploads/invoice.pdf", "docs/theirs.html"}
        missing = (published | foreign) - set(files)
        extra = set(files) - published - foreign - self.stale
        assert not missing and not extra, f"missing {missing}, too many {extra}"
        # A deployment of the same prefix replaces a file of the same name; these have names of their own.
        assert all(files[key] == b"theirs" for key in foreign), files

    def delete(self, handler):
        kept = self.s3.files()
        self.status = "DELETE_IN_PROGRESS"
        for logical_id, (props, physical_id) in random.sample(sorted(self.live.items(), key=str), len(self.live)):
            assert self.ask(handler, "Delete", logical_id, props, physical_id)[0] == "SUCCESS"
        left = self.s3.files()
        if self.on_delete == "empty" and any(props["Prefix"] == "" for props, _ in self.live.values()):
            assert not any(self.s3.objects.values()), "the bucket cannot be deleted"
        elif self.on_delete == "own":
            assert set(left) - self.stale == {"uploads/invoice.pdf", "docs/theirs.html"}, left
        elif self.on_delete == "retain":
            assert left == kept


def template(world):
    """One to two deployments, each under one of two ids and prefixes, with files of names of its own."""
    wanted = {}
    for letter in random.sample("ab", random.randint(1, 2)):
        names = random.sample([f"{letter}{it}.html" for it in range(3)] + [f"docs/{letter}.html", f"{letter}.js"], 3)
        files = {name: f"{name} {random.random()}" for name in names}
        half = random.randint(0, 2)
        texts, rest = dict(list(files.items())[:half]), dict(list(files.items())[half:])
        logical_id = letter + random.choice(["One", "Two"])
        wanted[logical_id] = world.props(random.choice(["", "docs/"]), texts, {f"{random.random()}.zip": rest})
    return wanted


def run(seed):
    random.seed(seed)
    world = World(random.choice(["empty", "own", "retain"]), random.random() < 0.5)
    botocore = types.ModuleType("botocore")
    botocore.session, botocore.exceptions = types.ModuleType("session"), types.ModuleType("exceptions")
    botocore.session.get_session = lambda: types.SimpleNamespace(create_client=world.client)
    botocore.exceptions.ClientError = ClientError
    sys.modules.update({"botocore": botocore, "botocore.session": botocore.session, "botocore.exceptions": botocore.exceptions})
    handler = {"__name__": "handler"}
    exec(compile(open(HANDLER).read(), HANDLER, "exec"), handler)
    handler["print"] = lambda *_: None
    handler["answer"] = lambda event, status, reason, name: world.answers.append((status, name))
    if world.on_delete == "retain":
        # What is retained is not deleted by a rename either, so only the ends are checked.
        world.check = lambda: None
    for _ in range(random.randint(1, 8)):
        world.s3.failures = random.choice([0, 0, 1])
        if world.deploy(handler, template(world), fails=random.random() < 0.25):
            return
        world.s3.failures = 0
        world.check()
    if random.random() < 0.1:
        world.s3.is_gone = True
        for logical_id, (props, physical_id) in world.live.items():
            assert world.ask(handler, "Delete", logical_id, props, physical_id)[0] == "SUCCESS", "a bucket that is gone is done"
    else:
        world.delete(handler)


for seed in range(RUNS):
    try:
        run(seed)
    except Exception as error:
        sys.exit(f"seed {seed}: {type(error).__name__}: {error}")
print(f"{RUNS} histories")
