//! The toolkit, killed with `kill -9` at any call: the next run finds what there is, and comes to the same end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use purlin_assembly::{Artifact, CloudAssembly, Environment, StackProperties};
use serde_json::{Value, json};

use super::aws::{REGION, list, text};
use super::world::World;

/// How many calls of each plot the toolkit is killed at.
const POINTS: usize = 6;

#[test]
fn a_killed_toolkit_is_taken_up_where_it_was() {
    let (world, begun) = (World::new(), Instant::now());
    let points: Vec<usize> = thread::scope(|scope| {
        let plots = PLOTS.iter().map(|plot| scope.spawn(|| play(&world, plot))).collect::<Vec<_>>();
        plots.into_iter().map(|plot| plot.join().expect("the plot says what went wrong")).collect()
    });
    println!("killed at {points:?} points of {:?} in {:.0?}", PLOTS.map(|plot| plot.name), begun.elapsed());
    assert!(points.iter().sum::<usize>() >= 20, "{points:?}");
}

/// What is done to a stack, and how that ends.
#[derive(Clone, Copy)]
struct Plot {
    name: &'static str,
    /// The template that is deployed before.
    before: Option<&'static str>,
    /// The template that is deployed; none is a deletion.
    then: Option<&'static str>,
    code: i32,
    status: &'static str,
}

const PLOTS: [Plot; 5] = [
    Plot { name: "Create", before: None, then: Some("good"), code: 0, status: "CREATE_COMPLETE" },
    Plot { name: "Update", before: Some("good"), then: Some("better"), code: 0, status: "UPDATE_COMPLETE" },
    Plot { name: "CreateFails", before: None, then: Some("bad"), code: 4, status: "absent" },
    Plot { name: "UpdateFails", before: Some("good"), then: Some("bad"), code: 4, status: "UPDATE_ROLLBACK_COMPLETE" },
    Plot { name: "Delete", before: Some("good"), then: None, code: 0, status: "absent" },
];

/// When the toolkit is killed.
#[derive(Clone, Copy, Debug)]
enum Kill {
    Never,
    /// Before this call reaches AWS.
    Before(usize),
    /// When AWS has answered it, and nobody has heard.
    After(usize),
}

fn play(world: &World, plot: &Plot) -> usize {
    let undisturbed = Life::of(world, plot, "");
    let (code, calls) = undisturbed.run(Kill::Never);
    let end = undisturbed.end();
    assert_eq!((code, text(&end["status"])), (Some(plot.code), plot.status), "{}: {end:#}", plot.name);
    let points = POINTS.min(calls);
    for point in 0..points {
        let call = 1 + point * (calls - 1) / (points - 1);
        let kill = if point % 2 == 0 { Kill::After(call) } else { Kill::Before(call) };
        let life = Life::of(world, plot, &format!("K{point}"));
        let (code, _) = life.run(kill);
        assert_eq!(code, None, "{} {kill:?} of {calls} calls: it was not killed", plot.name);
        let (code, _) = life.run(Kill::Never);
        assert_eq!((code, life.end()), (Some(plot.code), end.clone()), "{} {kill:?} of {calls} calls", plot.name);
    }
    points
}

/// A stack of its own name, in which a plot is played.
struct Life<'a> {
    world: &'a World,
    plot: &'a Plot,
    stack: String,
}

impl<'a> Life<'a> {
    /// With what is deployed before.
    fn of(world: &'a World, plot: &'a Plot, suffix: &str) -> Self {
        let life = Self { world, plot, stack: format!("{}{suffix}", plot.name) };
        if let Some(before) = plot.before {
            let (code, _) = life.toolkit(&["deploy", "--yes"], before, Kill::Never);
            assert_eq!(code, Some(0), "{} cannot be deployed", life.stack);
        }
        life
    }

    /// The exit code, and how many calls were made.
    fn run(&self, kill: Kill) -> (Option<i32>, usize) {
        match self.plot.then {
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
        command.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", proxy.port)).envs([
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", REGION),
        ]);
        command.args(["--app", &folder]).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        proxy.watch(command.spawn().expect("the toolkit was just built"))
    }

    /// What is left, without what differs from run to run.
    fn end(&self) -> Value {
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

/// A queue and a topic; `bad` needs a user pool that is not there.
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

/// Stands between the toolkit and AWS, and kills it at a call.
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
                // A side that goes away in the middle is what this is about.
                thread::spawn(move || shared.pass_on(stream).ok());
            }
        });
        Self { port, shared }
    }

    /// Waits until the toolkit has ended.
    fn watch(self, toolkit: Child) -> (Option<i32>, usize) {
        *self.shared.toolkit.lock().expect("no thread panics with it") = Some(toolkit);
        let code = loop {
            let mut toolkit = self.shared.toolkit.lock().expect("no thread panics with it");
            let child = toolkit.as_mut().expect("it was just put there");
            if let Some(status) = child.try_wait().expect("it is our child") {
                break status.code();
            }
            drop(toolkit);
            thread::sleep(std::time::Duration::from_millis(10));
        };
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it sees that it is over.
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok();
        (code, self.shared.calls.load(Ordering::SeqCst))
    }
}

impl Shared {
    /// One call and its answer; the connection ends with it.
    fn pass_on(&self, mut toolkit: TcpStream) -> std::io::Result<()> {
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

    /// `kill -9`, once it is known whom.
    fn kill(&self) {
        loop {
            if let Some(toolkit) = self.toolkit.lock().expect("no thread panics with it").as_mut() {
                return toolkit.kill().expect("it is our child");
            }
            thread::yield_now();
        }
    }
}

/// A request whole, that asks for the connection to be closed behind its answer.
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
    let end = request.len();
    request.resize(end + length, 0);
    reader.read_exact(&mut request[end..])?;
    Ok(request)
}
