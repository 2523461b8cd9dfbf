//! Files published to a bucket, and read through CloudFront as a browser does. No other access is allowed.

use std::fs;
use std::path::PathBuf;

use purlin::cloudfront::{Distribution, Origin};
use purlin::s3::Bucket;
use purlin::s3_deployment::{BucketDeployment, CacheControl, Source};
use purlin::{App, CfnOutput, RemovalPolicy, Stack};

use super::aws::REGION;
use super::http::{Answer, send};
use super::world::World;
use crate::programs::succeed;

const STACK: &str = "Site";

#[test]
fn the_site_has_the_content_of_its_sources() {
    let world = World::new();
    let folder = PathBuf::from(world.path("site"));
    fs::create_dir_all(folder.join("assets")).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    write("index.html", "<!doctype html><title>one</title>");
    write("assets/app.js", "export default 1;\n");
    write("old.txt", "old");

    deploy(&world, &folder, "1", "Publish", "");
    let outputs = world.aws.outputs(STACK);
    let get = |path: &str| get(&world, &outputs["Host"], path);
    let page = get("/");
    assert_eq!((page.status, page.body.as_str()), (200, "<!doctype html><title>one</title>"));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let script = get("/assets/app.js");
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(script.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let config = get("/config.json");
    assert_eq!(config.body, format!("{{\"host\":\"{}\",\"version\":\"1\"}}", outputs["Host"]));
    assert_eq!(get("/old.txt").status, 200);
    let bucket = format!("{}.s3.{REGION}.amazonaws.com", outputs["Bucket"]);
    assert_eq!(self::get(&world, &bucket, "/index.html").status, 403, "only CloudFront reads the bucket");

    // A changed file, a changed value, and a removed file.
    write("index.html", "<!doctype html><title>two</title>");
    fs::remove_file(folder.join("old.txt")).unwrap();
    deploy(&world, &folder, "2", "Publish", "");
    assert!(get("/").body.contains("two"));
    assert!(get("/config.json").body.contains("\"version\":\"2\""));
    assert_eq!(get("/old.txt").status, 403);

    let out = PathBuf::from(world.path("site.out"));
    let mut destroy = world.toolkit();
    succeed(destroy.args(["destroy", "--local", "--yes", "--region", REGION, "--app"]).arg(&out));
    assert!(!get("/").body.contains("two"), "the distribution is gone");
    assert_eq!(self::get(&world, &bucket, "/index.html").status, 404, "the bucket is gone with its files");
}

#[test]
fn a_renamed_and_a_moved_deployment_keep_the_site() {
    let world = World::new();
    let folder = PathBuf::from(world.path("site"));
    fs::create_dir_all(&folder).unwrap();
    for name in ["index.html", "old.txt"] {
        fs::write(folder.join(name), name).unwrap();
    }
    deploy(&world, &folder, "1", "Publish", "");
    let outputs = world.aws.outputs(STACK);
    let get = |path: &str| get(&world, &outputs["Host"], path).status;
    fs::remove_file(folder.join("old.txt")).unwrap();
    deploy(&world, &folder, "2", "PublishSite", "");
    assert_eq!((get("/"), get("/config.json"), get("/old.txt")), (200, 200, 403), "renamed");
    deploy(&world, &folder, "2", "PublishSite", "docs");
    assert_eq!((get("/docs/index.html"), get("/docs/config.json"), get("/config.json")), (200, 200, 403), "moved");
}

fn deploy(world: &World, folder: &std::path::Path, version: &str, id: &str, prefix: &str) {
    let app = App::new();
    let stack = app.add(STACK, Stack::props());
    let files = stack.add("Files", Bucket::props().versioned().removal_policy(RemovalPolicy::Destroy));
    let site = Distribution::props(Origin::bucket(&files)).default_root_object("index.html");
    let site = stack.add("Distribution", site);
    let config = [("host", site.domain_name()), ("version", purlin::IntoValue::into_value(version))];
    let publish = BucketDeployment::props(&files, Source::folder(folder))
        .source(Source::json_object("config.json", config))
        .prefix(prefix)
        .cache_control("assets/*", CacheControl::immutable())
        .cache_control("*", CacheControl::no_cache())
        .invalidate(&site, ["/*"])
        .wait_for_invalidation();
    stack.add(id, publish);
    stack.add("Host", CfnOutput::new(site.domain_name()));
    stack.add("Bucket", CfnOutput::new(files.name()));
    let out = PathBuf::from(world.path("site.out"));
    app.synth().expect("the stack has no problems").assembly.write(&out).expect("a new folder is writable");
    succeed(world.toolkit().args(["deploy", "--local", "--yes", "--region", REGION, "--app"]).arg(&out));
}

/// Requests a path from a host of AWS, without credentials.
fn get(world: &World, host: &str, path: &str) -> Answer {
    send(world.aws.port, "GET", path, &[("Host", &format!("{host}:443"))], "")
}
