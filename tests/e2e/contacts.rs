//! Contacts by groups: users sign in at the hosted pages, and a real Cerbos decides what they may do. The stack is on the
//! emulator; app and Cerbos run on this machine, as in one task.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::aws::{list, text};
use super::browser::{Browser, Page};
use super::http::{Answer, form, send};
use super::readback::{containers, environment};
use super::world::{App, World, free_port};
use crate::house::root;
use crate::programs::succeed;
use crate::tools::cerbos;

/// The admin of the stack's settings.
pub const ADA: &str = "ada@example.com";
/// The user of the stack's settings.
pub const BOB: &str = "bob@example.com";
/// The password of both.
pub const PASSWORD: &str = "Correct-horse-1-battery";

/// The stack, its app, and the Cerbos beside it.
#[derive(Debug)]
pub struct Contacts {
    /// The emulator with the stack.
    pub world: World,
    /// The app's address.
    pub address: String,
    app: App,
    cerbos: Option<Cerbos>,
    cerbos_port: u16,
    pool: String,
}

/// A caller of the API, with the cookie of a session.
struct Caller {
    port: u16,
    cookie: String,
}

#[test]
fn groups_decide_which_contacts_a_user_may_change() {
    let contacts = Contacts::start();
    let (ada, bob) = (contacts.sign_in(ADA), contacts.sign_in(BOB));
    // The caller, the owner of the contact, and the statuses of read, update and delete.
    let matrix = [
        ("admin, own", &ada, &ada, [200, 200, 204]),
        ("admin, other's", &ada, &bob, [200, 200, 204]),
        ("user, own", &bob, &bob, [200, 200, 204]),
        ("user, other's", &bob, &ada, [200, 403, 403]),
    ];
    for (case, caller, owner, expected) in matrix {
        let path = owner.adds("Eve");
        let requests = [("GET", Value::Null), ("PUT", json!({ "name": "Mallory" })), ("DELETE", Value::Null)];
        let found = requests.map(|(method, body)| caller.sends(method, &path, &body).status);
        assert_eq!(found, expected, "{case}");
        let left = owner.sends("GET", &path, &Value::Null);
        match expected {
            [.., 204] => assert_eq!(left.status, 404, "{case}: {}", left.body),
            _ => assert_eq!(read(&left)["name"], "Eve", "{case}: a denied action changes nothing"),
        }
    }
    each_contact_lists_the_allowed_actions(&ada, &bob);
    nothing_is_allowed_without_a_group_or_a_session(&contacts);
    an_access_token_replaces_a_session(&contacts);
}

/// The page shows a button for each action.
fn each_contact_lists_the_allowed_actions(ada: &Caller, bob: &Caller) {
    let _of_bob = bob.adds("Trent");
    for (caller, roles, of_ada, of_bob) in [
        (ada, json!(["admin"]), json!(["read", "update", "delete"]), json!(["read", "update", "delete"])),
        (bob, json!(["user"]), json!(["read"]), json!(["read", "update", "delete"])),
    ] {
        let all = read(&caller.sends("GET", "/api/contacts", &Value::Null));
        assert_eq!((&all["me"]["roles"], &all["mayCreate"]), (&roles, &json!(true)));
        let may = |name| list(&all["contacts"]).iter().find(|it| it["name"] == name).map(|it| it["may"].clone());
        assert_eq!((may("Eve"), may("Trent")), (Some(of_ada), Some(of_bob)), "{all:#}");
    }
}

#[test]
fn only_the_page_signs_a_user_out() {
    let contacts = Contacts::start();
    let (mut browser, page) = contacts.browser_of(ADA);
    let session = format!("session={}", browser.cookie("localhost", "session").unwrap());
    let caller = Caller { port: contacts.app.port, cookie: session };
    let logout = format!("{}/logout", contacts.address);
    assert_eq!(browser.visit(&logout).status, 405, "a link or a picture");
    let foreign = browser.submit_from("http://localhost:1/", &logout);
    assert!(foreign.status == 403 && foreign.source.contains("You are not signed out"), "{}", foreign.source);
    assert_eq!(caller.sends("GET", "/api/contacts", &Value::Null).status, 200);

    browser.submit(&page, &[]);
    let pool = format!("http://127.0.0.1:{}/logout", contacts.world.aws.port);
    assert!(browser.trail.contains(&pool), "{:#?}", browser.trail);
    assert_eq!(browser.cookies("localhost"), [""; 0]);
    assert_eq!(caller.sends("GET", "/api/contacts", &Value::Null).status, 401, "a copied cookie is useless");
}

fn nothing_is_allowed_without_a_group_or_a_session(contacts: &Contacts) {
    let eve = "eve@example.com";
    let user = json!({ "UserPoolId": contacts.pool, "Username": eve, "MessageAction": "SUPPRESS" });
    contacts.world.aws.cognito("AdminCreateUser", &user);
    let eve = contacts.sign_in(eve);
    let refused = eve.sends("POST", "/api/contacts", &json!({ "name": "Eve" }));
    assert_eq!((refused.status, refused.body.as_str()), (403, r#"{"error":"you may not create this contact"}"#));
    assert_eq!(read(&eve.sends("GET", "/api/contacts", &Value::Null))["contacts"], json!([]));

    let signed_out = Caller { port: contacts.app.port, cookie: "session=0".into() };
    for (method, path) in [("GET", "/api/contacts"), ("POST", "/api/contacts"), ("DELETE", "/api/contacts/1")] {
        assert_eq!(signed_out.sends(method, path, &json!({ "name": "Eve" })).status, 401, "{method} {path}");
    }
}

/// For programs: the token comes from a login that the app did not begin, and whose code the app refuses.
fn an_access_token_replaces_a_session(contacts: &Contacts) {
    let client = &contacts.variables()["CLIENT_ID"];
    let callback = format!("{}/callback", contacts.address);
    let query = [("client_id", client.as_str()), ("redirect_uri", &callback), ("response_type", "code")];
    let query = form(query.into_iter().chain([("scope", "openid email"), ("state", "forged")]));
    let gateway = contacts.world.aws.port;
    let mut browser = Browser::new(gateway);
    let login = browser.visit(&format!("http://127.0.0.1:{gateway}/oauth2/authorize?{query}"));
    let refused = browser.submit(&login, &[("username", BOB), ("password", PASSWORD)]);
    assert!(refused.status == 400 && refused.source.contains("began in another browser"), "{}", refused.source);
    assert_eq!(browser.cookie("localhost", "session"), None);

    let code = refused.address.split(['?', '&']).find_map(|pair| pair.strip_prefix("code=")).unwrap();
    let grant = [("grant_type", "authorization_code"), ("client_id", client), ("code", code)];
    let grant = form(grant.into_iter().chain([("redirect_uri", callback.as_str())]));
    let headers = [("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded")];
    let tokens = read(&send(gateway, "POST", "/oauth2/token", &headers, &grant));
    for (token, status) in [("access_token", 200), ("id_token", 401)] {
        let bearer = format!("Bearer {}", text(&tokens[token]));
        let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
        let answer = send(contacts.app.port, "GET", "/api/contacts", &headers, "");
        assert_eq!(answer.status, status, "{token}: {}", answer.body);
    }
}

#[test]
fn nothing_is_allowed_while_cerbos_does_not_answer() {
    let mut contacts = Contacts::start();
    let ada = contacts.sign_in(ADA);
    let path = ada.adds("Eve");
    contacts.cerbos = None;
    for (method, path) in [("GET", "/api/contacts"), ("POST", "/api/contacts")]
        .into_iter()
        .chain(["GET", "PUT", "DELETE"].map(|method| (method, path.as_str())))
    {
        let answer = ada.sends(method, path, &json!({ "name": "Mallory" }));
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")), "{method} {path}: {}", answer.body);
        assert!(answer.body.contains("your permissions cannot be checked now"), "{}", answer.body);
    }
    assert!(contacts.app.log().contains("no decision from Cerbos"), "the log has the reason: {}", contacts.app.log());

    contacts.cerbos = Some(Cerbos::start(contacts.cerbos_port));
    let all = read(&ada.sends("GET", "/api/contacts", &Value::Null));
    assert_eq!(list(&all["contacts"]).iter().map(|it| text(&it["name"])).collect::<Vec<_>>(), ["Eve"]);
}

#[test]
fn the_services_show_users_groups_and_the_sidecar() {
    let world = World::with("GroupsCerbos");
    let aws = world.aws;
    let [web, sidecar] = &containers(aws)[..] else { panic!("not two containers") };
    assert_eq!(web["dependsOn"], json!([{ "condition": "HEALTHY", "containerName": "cerbos" }]));
    assert_eq!(sidecar["healthCheck"]["command"], json!(["CMD", "/cerbos", "healthcheck"]));
    assert_eq!((&web["essential"], &sidecar["essential"]), (&json!(true), &json!(true)));
    assert_eq!(list(&web["portMappings"]).len(), 1);
    assert!(sidecar["portMappings"].as_array().is_none_or(Vec::is_empty), "only the app can reach it: {sidecar:#}");

    let pool = environment(web)["USER_POOL_ID"].clone();
    for (group, email) in [("admin", ADA), ("user", BOB)] {
        let members = aws.cognito("ListUsersInGroup", &json!({ "UserPoolId": pool, "GroupName": group }));
        let [member] = list(&members["Users"]) else { panic!("not one member of {group}: {members:#}") };
        let attributes = list(&member["Attributes"]);
        assert!(attributes.contains(&json!({ "Name": "email", "Value": email })), "{attributes:?}");
        assert_eq!(member["UserStatus"], "FORCE_CHANGE_PASSWORD");
    }
    let client = json!({ "UserPoolId": pool, "ClientId": environment(web)["CLIENT_ID"] });
    let client = &aws.cognito("DescribeUserPoolClient", &client)["UserPoolClient"];
    let callbacks = json!(["http://localhost:8000/callback", "https://contacts.example.com/callback"]);
    assert_eq!((&client["CallbackURLs"], &client["ClientSecret"]), (&callbacks, &Value::Null));
}

#[test]
fn users_and_groups_follow_the_settings() {
    let world = World::with("GroupsCerbos");
    let pool = environment(&containers(world.aws)[0])["USER_POOL_ID"].clone();
    let members = |group: &str| {
        let members = world.aws.cognito("ListUsersInGroup", &json!({ "UserPoolId": pool, "GroupName": group }));
        let email = |user: &Value| list(&user["Attributes"]).iter().find(|it| it["Name"] == "email").unwrap().clone();
        let mut emails: Vec<_> =
            list(&members["Users"]).iter().map(|user| text(&email(user)["Value"]).to_owned()).collect();
        emails.sort();
        emails
    };
    let owned = |emails: &[&str]| emails.iter().map(|email| (*email).to_owned()).collect::<Vec<_>>();
    for (change, admins, users) in [
        (("groups: [user]", "groups: [user, admin]"), &[ADA, BOB][..], &[BOB][..]),
        (("groups: [user]", "groups: []"), &[ADA], &[]),
        (("  - email: bob@example.com\n    groups: [user]\n", ""), &[ADA], &[]),
    ] {
        let settings = world.settings_of("groups-cerbos", &[change]);
        let outcome = world.deploy_stack("GroupsCerbos", &["--settings", &settings]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.output);
        assert_eq!((members("admin"), members("user")), (owned(admins), owned(users)), "{change:?}");
    }
    let remaining = world.aws.cognito("ListUsers", &json!({ "UserPoolId": pool }));
    assert_eq!(list(&remaining["Users"]).len(), 1, "{remaining:#}");
}

#[test]
fn the_policy_passes_its_own_tests_in_the_real_cerbos() {
    let output = succeed(Command::new(cerbos()).arg("compile").arg(root().join(SIDECAR).join("policies")));
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.contains("45 tests executed"), "{output}");
}

impl Contacts {
    /// Deploys the stack with a callback to a port of this machine, and starts app and Cerbos.
    pub fn start() -> Self {
        let world = World::new();
        let port = free_port();
        let address = format!("http://localhost:{port}");
        let settings = world
            .settings_of("groups-cerbos", &[("local_url: http://localhost:8000", &format!("local_url: {address}"))]);
        let outcome = world.deploy_stack("GroupsCerbos", &["--settings", &settings]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.output);

        let cerbos_port = free_port();
        let cerbos = Some(Cerbos::start(cerbos_port));
        let mut variables = environment(&containers(world.aws)[0]);
        assert_eq!(variables["BASE_URL"], "https://contacts.example.com");
        assert_eq!(variables["CERBOS_ADDRESS"], "127.0.0.1:3593");
        // These addresses differ from AWS.
        let gateway = format!("http://127.0.0.1:{}", world.aws.port);
        variables.extend([("LOGIN_URL".into(), gateway.clone()), ("KEYS_URL".into(), gateway)]);
        variables.extend([("BASE_URL".into(), address.clone())]);
        variables.insert("CERBOS_ADDRESS".into(), format!("127.0.0.1:{cerbos_port}"));
        let app = App::of("groups-cerbos", port, &variables);

        let pool = variables["USER_POOL_ID"].clone();
        let contacts = Self { world, address, app, cerbos, cerbos_port, pool };
        contacts.set_password(ADA);
        contacts.set_password(BOB);
        contacts
    }

    fn variables(&self) -> std::collections::BTreeMap<String, String> {
        environment(&containers(self.world.aws)[0])
    }

    /// Sets a user's password.
    fn set_password(&self, user: &str) {
        let password = json!({ "UserPoolId": self.pool, "Username": user, "Password": PASSWORD, "Permanent": true });
        self.world.aws.cognito("AdminSetUserPassword", &password);
    }

    /// Signs a user in at the hosted pages.
    #[track_caller]
    fn sign_in(&self, user: &str) -> Caller {
        let (browser, _) = self.browser_of(user);
        let session = browser.cookie("localhost", "session").expect("the app began a session");
        Caller { port: self.app.port, cookie: format!("session={session}") }
    }

    /// The browser of a user who signed in, and the page.
    #[track_caller]
    fn browser_of(&self, user: &str) -> (Browser, Page) {
        self.set_password(user);
        let mut browser = Browser::new(self.world.aws.port);
        let login: Page = browser.visit(&format!("{}/login", self.address));
        assert!(login.address.contains("/oauth2/authorize"), "{}", login.address);
        let page = browser.submit(&login, &[("username", user), ("password", PASSWORD)]);
        assert!(page.status == 200 && page.source.contains("<h1>Contacts</h1>"), "{}", page.source);
        (browser, page)
    }
}

impl Caller {
    fn sends(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("Host", "localhost"), ("Cookie", self.cookie.as_str()), ("Content-Type", "application/json")];
        send(self.port, method, path, &headers, &body)
    }

    /// Adds a contact. Returns its path.
    #[track_caller]
    fn adds(&self, name: &str) -> String {
        let added = self.sends("POST", "/api/contacts", &json!({ "name": name, "email": "eve@example.com" }));
        assert_eq!(added.status, 201, "{}", added.body);
        added.header("location").expect("a new contact has a location").to_owned()
    }
}

#[track_caller]
fn read(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{} {}: {error}", answer.status, answer.body))
}

/// The context of the sidecar's image.
const SIDECAR: &str = "stacks/apps/groups-cerbos/cerbos";

/// A real Cerbos with the stack's policies.
#[derive(Debug)]
struct Cerbos(Child);

impl Cerbos {
    /// Starts it, and waits until its health check passes, as ECS does.
    fn start(port: u16) -> Self {
        let program = cerbos();
        let sidecar = root().join(SIDECAR);
        let settings = [
            format!("storage.disk.directory={}", sidecar.join("policies").display()),
            format!("server.grpcListenAddr=127.0.0.1:{port}"),
            format!("server.httpListenAddr=127.0.0.1:{}", free_port()),
        ];
        let mut server = Command::new(&program);
        server.arg("server").arg("--config").arg(sidecar.join("cerbos.yaml"));
        server.args(settings.map(|setting| format!("--set={setting}")));
        let process = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("Cerbos is installed");
        let cerbos = Self(process);
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let mut check = Command::new(&program);
            check.args(["healthcheck", "--no-tls", &format!("--host-port=127.0.0.1:{port}")]);
            if check.output().is_ok_and(|answer| answer.status.success()) {
                return cerbos;
            }
            assert!(Instant::now() < deadline, "Cerbos does not start");
            thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Cerbos {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            self.0.wait().ok();
        }
    }
}
