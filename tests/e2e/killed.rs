//! The toolkit, killed with `kill -9` at any call: the next run continues, and the result is the same.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use purlin_assembly::{Artifact, CloudAssembly, Environment, StackProperties};
use serde_json::{Value, json};

use super::aws::{list, text};
use super::world::World;

/// The number of calls per scenario at which the toolkit is killed.
const POINTS: usize = 6;

#[test]
fn a_run_after_a_kill_reaches_the_same_result() {
    let (world, begun) = (World::new(), Instant::now());
    let points: Vec<usize> = thread::scope(|scope| {
        let scenarios = SCENARIOS.iter().map(|scenario| scope.spawn(|| check(&world, scenario))).collect::<Vec<_>>();
        scenarios.into_iter().map(|scenario| scenario.join().expect("a scenario panics with its failure")).collect()
    });
    println!("killed at {points:?} points of {:?} in {:.0?}", SCENARIOS.map(|scenario| scenario.name), begun.elapsed());
    assert!(points.iter().sum::<usize>() >= 20, "{points:?}");
}

/// An operation on a stack, and its result.
#[derive(Clone, Copy)]
struct Scenario {
    name: &'static str,
    /// The template that is deployed before.
    before: Option<&'static str>,
    /// The template that is deployed. `None` deletes the stack.
    then: Option<&'static str>,
    code: i32,
    status: &'static str,
}

const SCENARIOS: [Scenario; 5] = [
    Scenario { name: "Create", before: None, then: Some("good"), code: 0, status: "CREATE_COMPLETE" },
    Scenario { name: "Update", before: Some("good"), then: Some("better"), code: 0, status: "UPDATE_COMPLETE" },
    Scenario { name: "CreateFails", before: None, then: Some("bad"), code: 4, status: "absent" },
    Scenario {
        name: "UpdateFails",
        before: Some("good"),
        then: Some("bad"),
        code: 4,
        status: "UPDATE_ROLLBACK_COMPLETE",
    },
    Scenario { name: "Delete", before: Some("good"), then: None, code: 0, status: "absent" },
];

/// When the toolkit is killed.
#[derive(Clone, Copy, Debug)]
enum Kill {
    Never,
    /// Before this call reaches AWS.
    Before(usize),
    /// When AWS has answered it, before the toolkit receives the answer.
    After(usize),
}

fn check(world: &World, scenario: &Scenario) -> usize {
    let reference = Run::of(world, scenario, "");
    let (code, calls) = reference.run(Kill::Never);
    let end = reference.result();
    assert_eq!((code, text(&end["status"])), (Some(scenario.code), scenario.status), "{}: {end:#}", scenario.name);
    let points = POINTS.min(calls);
    for point in 0..points {
        let call = 1 + point * (calls - 1) / (points - 1);
        let kill = if point % 2 == 0 { Kill::After(call) } else { Kill::Before(call) };
        let run = Run::of(world, scenario, &format!("K{point}"));
        let (code, _) = run.run(kill);
        assert_eq!(code, None, "{} {kill:?} of {calls} calls: it was not killed", scenario.name);
        let (code, _) = run.run(Kill::Never);
        assert_eq!(
            (code, run.result()),
            (Some(scenario.code), end.clone()),
            "{} {kill:?} of {calls} calls",
            scenario.name
        );
    }
    points
}

/// A run of a scenario with its own stack.
struct Run<'a> {
    world: &'a World,
    scenario: &'a Scenario,
    stack: String,
}

impl<'a> Run<'a> {
    /// Deploys the earlier template, if there is one.
    fn of(world: &'a World, scenario: &'a Scenario, suffix: &str) -> Self {
        let run = Self { world, scenario, stack: format!("{}{suffix}", scenario.name) };
        if let Some(before) = scenario.before {
            let (code, _) = run.toolkit(&["deploy", "--yes"], before, Kill::Never);
            assert_eq!(code, Some(0), "{} cannot be deployed", run.stack);
        }
        run
    }

    /// Returns the exit code and the number of calls.
    fn run(&self, kill: Kill) -> (Option<i32>, usize) {
        match self.scenario.then {
            Some(template) => self.toolkit(&["deploy", "--yes"], template, kill),
            None => self.toolkit(&["destroy", "--yes"], "good", kill),
        }
    }

    fn toolkit(&self, arguments: &[&str], which: &str, kill: Kill) -> (Option<i32>, usize) {
        let folder = self.world.path(&format!("{}-{which}", self.stack));
        if !std::path::Path::new(&folder).exists() {
            let file = format!("{}.template.json", self.stack);
            let mut out = CloudAssembly::new();
            out.json(&file, &template(which));
            out.artifact(&self.stack, Artifact::of_stack(&Environment::agnostic(), &StackProperties::new(file)));
            out.write(folder.as_ref()).expect("a new folder");
        }
        let proxy = Proxy::start(self.world.aws.port, kill);
        let mut command = self.world.toolkit();
        self.world.sign_in(&mut command, proxy.port);
        command.args(["--app", &folder]).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        proxy.watch(command.spawn().expect("the toolkit is built"))
    }

    /// The resulting stack, without the parts that differ between runs.
    fn result(&self) -> Value {
        let stacks = self.world.aws.cloudformation("DescribeStacks", &[]);
        let Some(stack) = list(&stacks["Stacks"]).iter().find(|stack| stack["StackName"] == self.stack.as_str()) else {
            return json!({ "status": "absent" });
        };
        let named = [("StackName", self.stack.as_str())];
        let resources = self.world.aws.cloudformation("DescribeStackResources", &named);
        let resources = list(&resources["StackResources"]);
        let change_sets = self.world.aws.cloudformation("ListChangeSets", &named);
        let waiting = list(&change_sets["Summaries"]).iter().filter(|set| set["ExecutionStatus"] == "AVAILABLE");
        let template = self.world.aws.cloudformation("GetTemplate", &named);
        json!({
            "status": stack["StackStatus"],
            "outputs": list(&stack["Outputs"]).iter().map(|it| it["OutputKey"].clone()).collect::<Vec<_>>(),
            "resources": resources.iter().map(|it| it["LogicalResourceId"].clone()).collect::<Vec<_>>(),
            "waiting": waiting.count(),
            "template": template["TemplateBody"],
        })
    }
}

/// A queue and a topic. `bad` needs a user pool that does not exist.
fn template(which: &str) -> Value {
    let delay = if which == "good" { 1 } else { 2 };
    let mut template = json!({
        "Resources": {
            "Queue": { "Type": "AWS::SQS::Queue", "Properties": { "DelaySeconds": delay } },
            "Topic": { "Type": "AWS::SNS::Topic", "DependsOn": "Queue" },
        },
        "Outputs": { "Url": { "Value": { "Ref": "Queue" } } },
    });
    if which == "bad" {
        let properties = json!({ "Domain": "purlin-killed", "UserPoolId": "eu-west-1_nothere" });
        template["Resources"]["Domain"] =
            json!({ "Type": "AWS::Cognito::UserPoolDomain", "DependsOn": "Queue", "Properties": properties });
    }
    template
}

/// A proxy between the toolkit and AWS that kills the toolkit at a call.
struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    aws: u16,
    kill: Kill,
    calls: AtomicUsize,
    is_over: AtomicBool,
    toolkit: Mutex<Option<Child>>,
}

impl Proxy {
    fn start(aws: u16, kill: Kill) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let (calls, is_over, toolkit) = (AtomicUsize::new(0), AtomicBool::new(false), Mutex::new(None));
        let shared = Arc::new(Shared { aws, kill, calls, is_over, toolkit });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if serving.is_over.load(Ordering::SeqCst) {
                    break;
                }
                let shared = Arc::clone(&serving);
                // Connections break when the toolkit is killed.
                thread::spawn(move || shared.forward(stream).ok());
            }
        });
        Self { port, shared }
    }

    /// Waits until the toolkit has ended.
    fn watch(self, toolkit: Child) -> (Option<i32>, usize) {
        *self.shared.toolkit.lock().expect("no thread panics with the lock") = Some(toolkit);
        let code = loop {
            let mut toolkit = self.shared.toolkit.lock().expect("no thread panics with the lock");
            let child = toolkit.as_mut().expect("the toolkit was set above");
            if let Some(status) = child.try_wait().expect("the toolkit is a child process") {
                break status.code();
            }
            drop(toolkit);
            thread::sleep(std::time::Duration::from_millis(10));
        };
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it ends.
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok();
        (code, self.shared.calls.load(Ordering::SeqCst))
    }
}

impl Shared {
    /// Forwards one call and its answer, then closes the connection.
    fn forward(&self, mut toolkit: TcpStream) -> std::io::Result<()> {
        let request = read_request(&toolkit)?;
        let call = 1 + self.calls.fetch_add(1, Ordering::SeqCst);
        if matches!(self.kill, Kill::Before(at) if at == call) {
            self.kill();
            return Ok(());
        }
        let mut aws = TcpStream::connect((Ipv4Addr::LOCALHOST, self.aws))?;
        aws.write_all(&request)?;
        let mut answer = Vec::new();
        aws.read_to_end(&mut answer)?;
        if matches!(self.kill, Kill::After(at) if at == call) {
            self.kill();
            return Ok(());
        }
        toolkit.write_all(&answer)
    }

    /// `kill -9`, as soon as the process is known.
    fn kill(&self) {
        loop {
            if let Some(toolkit) = self.toolkit.lock().expect("no thread panics with the lock").as_mut() {
                return toolkit.kill().expect("the toolkit is a child process");
            }
            thread::yield_now();
        }
    }
}

/// Reads a complete request, and adds `Connection: close`.
fn read_request(stream: &TcpStream) -> std::io::Result<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
        if !lower.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let mut request = format!("{head}Connection: close\r\n\r\n").into_bytes();
    let start = request.len();
    request.resize(start + length, 0);
    reader.read_exact(&mut request[start..])?;
    Ok(request)
}
