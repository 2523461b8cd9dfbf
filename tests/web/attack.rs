//! A page of another site in the user's browser, which knows the emulator's port: it runs no code and reads nothing.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use serde_json::json;

use crate::e2e::aws::REGION;
use crate::e2e::http::{encode, form};
use crate::e2e::owner::{attack, nothing_happened};
use crate::e2e::world::World;

use super::Chromium;

/// Serves one page from an origin of its own.
fn serve(page: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 8192];
            if stream.read(&mut request).unwrap_or_default() > 0 {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n", page.len());
                write!(stream, "{head}Connection: close\r\n\r\n{page}").ok();
            }
        }
    });
    address
}

#[test]
fn a_page_of_another_site_runs_no_code_here() {
    let world = World::new();
    let aws = world.aws;
    aws.create_bucket("assets");
    let target = format!("http://127.0.0.1:{}", aws.port);
    let file = world.path("ran");
    let query = |service: &str| {
        let credential = encode(&format!("test/20261201/{REGION}/{service}/aws4_request"));
        format!("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Signature=00")
    };
    let requests = attack(&query, Path::new(&file));
    let requests = json!(requests.iter().map(|(path, kind, body)| json!([path, kind, body])).collect::<Vec<_>>());
    let users = form([("Action", "ListUsers"), ("Version", "2010-05-08")]);
    let mut page = String::from("<!doctype html><title>A page</title><body><h1>A harmless page</h1>");
    // Forms, which need no script, into frames.
    let role =
        [("Action", "CreateRole"), ("RoleName", "x"), ("AssumeRolePolicyDocument", "{}"), ("Version", "2010-05-08")];
    let fields = role.map(|(name, value)| format!("<input name={name} value=\"{value}\">")).concat();
    let forms = [
        (format!("{target}/?{}", query("iam")), fields.as_str(), "application/x-www-form-urlencoded"),
        (format!("{target}/assets"), "<input name=key value=x><input name=file value=x>", "multipart/form-data"),
        (format!("{target}/_ministack/reset"), "", "text/plain"),
        (format!("{target}/_purlin/stop"), "", "text/plain"),
    ];
    for (number, (action, fields, kind)) in forms.iter().enumerate() {
        write!(
            page,
            "<iframe name=f{number}></iframe><form target=f{number} method=post action=\"{action}\" enctype={kind}>{fields}</form>"
        )
        .unwrap();
    }
    write!(
        page,
        "<img src=\"{target}/?{iam}&Action=CreateRole&RoleName=x&Version=2010-05-08&AssumeRolePolicyDocument=%7B%7D\">
        <script src=\"{target}/?{iam}&{users}\"></script>
        <script>
        window.read = [];
        async function run() {{
            for (const form of document.forms) HTMLFormElement.prototype.submit.call(form);
            for (const [path, type, body] of {requests}) {{
                const headers = {{ 'Content-Type': type }};
                await fetch('{target}' + path, {{ method: 'POST', mode: 'no-cors', headers, body }}).catch(() => 0);
                await fetch('{target}' + path, {{ method: 'POST', headers, body }})
                    .then((it) => it.text()).then((it) => read.push(it)).catch(() => 0);
            }}
            const upload = new FormData();
            upload.append('key', 'x');
            upload.append('file', new Blob(['x']), 'x');
            await fetch('{target}/assets', {{ method: 'POST', mode: 'no-cors', body: upload }}).catch(() => 0);
            for (const path of ['/_ministack/reset', '/_ministack/health', '/_purlin/emulator', '/assets', '/?{users}'])
                for (const method of ['GET', 'POST', 'PUT', 'DELETE'])
                    await fetch('{target}' + path, {{ method, headers: {{ 'X-Purlin-Key': '0' }} }})
                        .then((it) => it.text()).then((it) => read.push(it)).catch(() => 0);
            document.body.append('All was tried');
        }}
        addEventListener('load', run);
        </script>",
        iam = query("iam"),
    )
    .unwrap();

    let mut browser = Chromium::start("attack", aws.port);
    browser.goto(&serve(page));
    browser.expect("All was tried");
    assert_eq!(browser.evaluate("window.read"), json!([]), "the page read an answer");
    nothing_happened(aws, Path::new(&file), "the page");
    assert_eq!(aws.object("assets", "x"), 404, "the page uploaded a file");
    browser.done();
}
