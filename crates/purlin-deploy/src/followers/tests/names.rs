//! A name server on loopback.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::thread;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, CAA, CNAME, NS};
use hickory_resolver::proto::rr::{Name, RData, Record};

use crate::followers::dns::{Authorization, Dns};

/// Starts a server with these records: name, type, value. Other names do not exist.
pub(crate) fn serve(given: &[(&str, &str, &str)]) -> SocketAddr {
    let mut records: BTreeMap<(String, String), Vec<RData>> = BTreeMap::new();
    for (name, kind, value) in given {
        records.entry((format!("{name}."), (*kind).to_owned())).or_default().push(data(kind, value));
    }
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port on loopback");
    let address = socket.local_addr().expect("a bound port");
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let Ok(question) = Message::from_vec(&buffer[..length]) else { continue };
            let response = response(&question, &records).to_vec().expect("a valid message");
            let _ = socket.send_to(&response, from);
        }
    });
    address
}

fn response(question: &Message, records: &BTreeMap<(String, String), Vec<RData>>) -> Message {
    let mut response = Message::response(question.metadata.id, question.metadata.op_code);
    response.metadata.recursion_available = true;
    for query in &question.queries {
        response.add_query(query.clone());
        let name = query.name().to_string().to_ascii_lowercase();
        if name.starts_with("broken.") {
            response.metadata.response_code = ResponseCode::ServFail;
            continue;
        }
        if !records.keys().any(|(it, _)| *it == name) {
            response.metadata.response_code = ResponseCode::NXDomain;
        }
        for data in records.get(&(name, query.query_type().to_string())).into_iter().flatten() {
            response.add_answer(Record::from_rdata(query.name().clone(), 60, data.clone()));
        }
    }
    response
}

fn data(kind: &str, value: &str) -> RData {
    let name = || Name::from_ascii(format!("{value}.")).expect("a name");
    match kind {
        "CNAME" => RData::CNAME(CNAME(name())),
        "A" => RData::A(A(value.parse().expect("an address"))),
        "NS" => RData::NS(NS(name())),
        "CAA" => {
            let issuer = (!value.is_empty()).then(name);
            RData::CAA(CAA::new_issue(false, issuer, Vec::new()))
        }
        other => panic!("no records of type {other} are needed"),
    }
}

#[tokio::test]
async fn dns_records_are_read() {
    let server = serve(&[
        ("_a.example.com", "CNAME", "_b.acm-validations.aws"),
        ("example.com", "NS", "ns-1.awsdns-01.com"),
        ("example.com", "NS", "ns-2.awsdns-02.net"),
        ("example.com", "CAA", "letsencrypt.org"),
    ]);
    let dns = Dns::at(server).expect("a client for the server");
    assert_eq!(dns.aliases("_a.example.com").await.unwrap(), ["_b.acm-validations.aws"]);
    assert_eq!(dns.aliases("_other.example.com").await.unwrap(), Vec::<String>::new());
    assert_eq!(dns.aliases("example.com").await.unwrap(), Vec::<String>::new());
    let mut servers = dns.name_servers("example.com.").await.unwrap();
    servers.sort();
    assert_eq!(servers, ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"]);
    let expected = Authorization { is_wild: false, issuer: "letsencrypt.org".into() };
    assert_eq!(dns.authorizations("app.dev.example.com").await.unwrap(), Some(("example.com".into(), vec![expected])));
    assert_eq!(dns.authorizations("elsewhere.org").await.unwrap(), None);
    assert!(dns.aliases("broken.example.com").await.is_err());
}
