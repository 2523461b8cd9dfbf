//! A random app, and for each of its properties what CloudFormation has to make of it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fastrand::Rng;
use purlin::cfn::{apigateway::CfnRestApi, route53::CfnHostedZone, ssm};
use purlin::{
    App, CfnCondition, CfnOutput, CfnParameter, CfnTag, CfnType, Condition, Construct, Environment, Expr, HasScope,
    IntoValue, Json, Ref, ReferenceStrength, Scope, Stack, Test, Value, intrinsics, sub,
};
use serde_json::{Map, Value as Means, json};

/// The region of stacks that give none.
pub const REGION: &str = "eu-west-1";

/// Literals with everything that templates, JSON and `Fn::Sub` treat specially.
const WORDS: [&str; 8] = ["web", "a b", "${x}", "q\"uote", "back\\slash", "Größe", "{}", "1e3"];

/// A value, and what it means after deployment.
struct Fact<T> {
    value: Value<T>,
    means: Means,
}

impl<T> Clone for Fact<T> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), means: self.means.clone() }
    }
}

impl<T> Fact<T> {
    fn new(value: impl IntoValue<T>, means: impl Into<Means>) -> Self {
        Self { value: value.into_value(), means: means.into() }
    }

    fn text(&self) -> String {
        super::evaluate::scalar(&self.means).expect("a scalar")
    }

    fn items(&self) -> Vec<String> {
        self.means.as_array().expect("a list").iter().filter_map(super::evaluate::scalar).collect()
    }
}

/// The properties that a resource must have, by its construct path. Tags are a map under `Tags`.
pub type Expected = BTreeMap<String, Map<String, Means>>;

/// What a stack has for its values: references to itself and to the stacks before it.
struct Program {
    rng: Rng,
    region: String,
    texts: Vec<Fact<String>>,
    numbers: Vec<Fact<i64>>,
    lists: Vec<Fact<Vec<String>>>,
    conditions: Vec<(Condition, bool)>,
    expected: Expected,
}

/// The app of a seed.
pub fn build(seed: u64) -> (App, Expected) {
    let app = App::new();
    let mut program = Program {
        rng: Rng::with_seed(seed),
        region: REGION.to_owned(),
        texts: vec![],
        numbers: vec![],
        lists: vec![],
        conditions: vec![],
        expected: Expected::new(),
    };
    let (is_far, strengths) =
        (program.rng.bool(), [ReferenceStrength::Strong, ReferenceStrength::Weak, ReferenceStrength::Both]);
    for index in 0..program.rng.usize(2..5) {
        let mut props = Stack::props();
        if is_far {
            program.region = program.pick(&["eu-west-1", "us-east-1"]).to_owned();
            props = props.env(Environment::of("111122223333", &*program.region));
        }
        let stack = app.add(format!("Stack{index}"), props);
        stack.consume_references(program.rng.choice(strengths).expect("there are three"));
        program.stack(&stack);
    }
    (app, program.expected)
}

impl Program {
    fn stack(&mut self, stack: &Stack) {
        let words = ["x", "y", "z"].map(|_| self.pick(&["one", "two", "three"]).to_owned());
        let name = stack.add("Name", CfnParameter::string().default(&*words[0]));
        self.texts.push(Fact::new(name.value(), &*words[0]));
        let number = self.rng.i64(1..100);
        let size = stack.add("Size", CfnParameter::number().default(number));
        self.numbers.push(Fact::new(size.value().cast(), number));
        let list = stack.add("List", CfnParameter::comma_delimited_list().default(words.join(",")));
        self.lists.push(Fact::new(list.value(), words.to_vec()));
        let other = self.pick(&["one", "two"]);
        let test = Test::equals(name.value(), other);
        let (test, holds) = if self.rng.bool() { (test, words[0] == other) } else { (!test, words[0] != other) };
        self.conditions = vec![(stack.add("IsIt", CfnCondition::new(test)), holds)];
        let mut inherited = BTreeMap::new();
        if self.rng.bool() {
            inherited.insert("owner".to_owned(), self.tag(stack, "owner"));
        }
        let zone = stack.add("Zone", CfnHostedZone::new().name("example.com"));
        self.resource(&zone, Map::new(), inherited.clone());
        self.lists.push(Fact::new(
            zone.att(CfnHostedZone::ATTR_NAME_SERVERS),
            json!([format!("{}#NameServers0", path(&zone)), format!("{}#NameServers1", path(&zone))]),
        ));
        for index in 0..self.rng.usize(1..4) {
            let group = stack.child(format!("Group{index}"));
            let mut inherited = inherited.clone();
            if self.rng.bool() {
                let key = self.pick(&["owner", "team"]);
                inherited.insert(key.to_owned(), self.tag(&group, key));
            }
            for _ in 0..self.rng.usize(1..4) {
                if self.rng.bool() {
                    self.api(&group, inherited.clone());
                } else {
                    self.parameter(&group, inherited.clone());
                }
            }
        }
        let output = self.text(2);
        stack.add("Text", CfnOutput::new(output.value));
    }

    fn tag(&mut self, scope: &Scope, key: &str) -> Means {
        let value = self.text(1);
        scope.tag(key, &value.value);
        value.text().into()
    }

    fn api(&mut self, scope: &Scope, inherited: BTreeMap<String, Means>) {
        let (name, types, size) = (self.text(3), self.list(2), self.number(2));
        let secure = self.boolean();
        let mut tags = inherited;
        let own = self.own_tags(&mut tags);
        let mut api = CfnRestApi::new().name(name.value).binary_media_types(types.value);
        api = api.minimum_compression_size(size.value).disable_execute_api_endpoint(secure.value);
        if let Some(own) = own {
            api = api.tags(own);
        }
        let api = Self::add(scope, api);
        let properties = json!({
            "Name": name.means, "BinaryMediaTypes": types.means, "MinimumCompressionSize": size.means,
            "DisableExecuteApiEndpoint": secure.means
        });
        self.resource(&api, properties.as_object().expect("a map").clone(), tags);
    }

    fn parameter(&mut self, scope: &Scope, inherited: BTreeMap<String, Means>) {
        let (document, note) = (self.document(3), self.text(3));
        let value = intrinsics::json_text(Value::<Json>::new(document.value.into_expr()));
        let parameter = ssm::CfnParameter::new(ssm::ParameterType::STRING, value).description(note.value);
        let parameter = Self::add(scope, parameter);
        let properties = Map::from_iter([("Value".into(), document.means), ("Description".into(), note.means)]);
        self.resource(&parameter, properties, inherited);
    }

    fn add<C: Construct>(scope: &Scope, construct: C) -> C::Handle {
        scope.add(format!("R{}", scope.children().len()), construct)
    }

    /// Records what a resource must have. Later values refer to it.
    fn resource<T: CfnType>(
        &mut self,
        made: &Ref<T>,
        mut properties: Map<String, Means>,
        tags: BTreeMap<String, Means>,
    ) {
        if !tags.is_empty() {
            properties.insert("Tags".into(), tags.into_iter().collect());
        }
        self.expected.insert(path(made), properties);
        self.texts.push(Fact::new(made.id(), path(made)));
    }

    /// Tags of a resource itself: literal and computed keys, a condition around them, or none.
    fn own_tags(&mut self, all: &mut BTreeMap<String, Means>) -> Option<Value<Vec<CfnTag>>> {
        let tags = |program: &mut Self, all: &mut BTreeMap<String, Means>, name: &str| {
            let (value, part) = (program.text(1), program.texts[0].clone());
            let (key, means) = match program.rng.u8(0..3) {
                0 => ("owner".into_value(), "owner".to_owned()),
                1 => (name.into_value(), name.to_owned()),
                _ => (sub!("{}/{}", name, part.value), format!("{name}/{}", part.text())),
            };
            all.insert(means, value.text().into());
            CfnTag::new(key, value.value)
        };
        match self.rng.u8(0..4) {
            0 => None,
            1 => {
                let ((condition, holds), mut others) = (self.condition(), all.clone());
                let first = tags(self, if holds { &mut *all } else { &mut others }, "then");
                let second = tags(self, if holds { &mut others } else { &mut *all }, "else");
                Some(intrinsics::if_(&condition, vec![first], vec![second]))
            }
            _ => {
                let before = all.clone();
                let own = vec![tags(self, all, "first"), tags(self, all, "second")].into_value();
                if !keys_differ(own.expr()) {
                    *all = before;
                    return None;
                }
                Some(own)
            }
        }
    }

    fn condition(&self) -> (Condition, bool) {
        self.conditions[0].clone()
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.rng.usize(..of.len())]
    }

    fn one_of<T: Clone>(rng: &mut Rng, of: &[T]) -> T {
        of[rng.usize(..of.len())].clone()
    }

    fn either<T>(&mut self, make: impl Fn(&mut Self) -> Fact<T>) -> Fact<T> {
        let ((condition, holds), then, otherwise) = (self.condition(), make(self), make(self));
        let means = if holds { then.means } else { otherwise.means };
        Fact { value: intrinsics::if_(&condition, then.value, otherwise.value), means }
    }

    fn text(&mut self, depth: u8) -> Fact<String> {
        match self.rng.u8(0..if depth == 0 { 2 } else { 8 }) {
            0 => {
                let word = self.pick(&WORDS);
                Fact::new(word, word)
            }
            1 => Self::one_of(&mut self.rng, &self.texts),
            2 => {
                let (text, number) = (self.text(depth - 1), self.number(depth - 1));
                Fact::new(sub!("{}-{}", text.value, number.value), format!("{}-{}", text.text(), number.text()))
            }
            3 => {
                let list = self.list(depth - 1);
                Fact::new(intrinsics::join("+", &list.value), list.items().join("+"))
            }
            4 => {
                let list = self.list(depth - 1);
                let index = self.rng.usize(..list.items().len());
                Fact::new(intrinsics::select(index, &list.value), &*list.items()[index])
            }
            5 => {
                let text = self.text(depth - 1);
                Fact::new(intrinsics::base64(&text.value), STANDARD.encode(text.text()))
            }
            6 => self.either(|it| it.text(depth - 1)),
            _ => Fact::new(intrinsics::region(), &*self.region),
        }
    }

    fn number(&mut self, depth: u8) -> Fact<i64> {
        match self.rng.u8(0..if depth == 0 { 2 } else { 3 }) {
            0 => {
                let number = self.rng.i64(0..1000);
                Fact::new(number, number)
            }
            1 => Self::one_of(&mut self.rng, &self.numbers),
            _ => self.either(|it| it.number(depth - 1)),
        }
    }

    fn boolean(&mut self) -> Fact<bool> {
        let literal = |it: &mut Self| {
            let is = it.rng.bool();
            Fact::new(is, is)
        };
        if self.rng.bool() { literal(self) } else { self.either(literal) }
    }

    fn list(&mut self, depth: u8) -> Fact<Vec<String>> {
        match self.rng.u8(0..if depth == 0 { 2 } else { 4 }) {
            0 => {
                // AWS refuses a list of media types that has one twice.
                let item = |it: &mut Self, index| {
                    let text = it.text(depth.saturating_sub(1));
                    Fact::<String>::new(sub!("{}:{}", index, text.value), format!("{index}:{}", text.text()))
                };
                let items: Vec<_> = (0..self.rng.usize(1..4)).map(|index| item(self, index)).collect();
                let means: Vec<_> = items.iter().map(Fact::text).collect();
                Fact::new(items.into_iter().map(|it| it.value).collect::<Vec<_>>(), means)
            }
            1 => Self::one_of(&mut self.rng, &self.lists),
            2 => {
                let text = self.text(depth - 1);
                let means: Vec<_> = text.text().split('-').map(str::to_owned).collect();
                Fact::new(intrinsics::split("-", &text.value), means)
            }
            _ => self.either(|it| it.list(depth - 1)),
        }
    }

    /// A JSON document: the meaning keeps the types.
    fn document(&mut self, depth: u8) -> Fact<Json> {
        let mut members = Vec::new();
        let mut means = Map::new();
        for index in 0..self.rng.usize(1..5) {
            let key = format!("k{index}");
            let (value, is) = match self.rng.u8(0..if depth == 0 { 3 } else { 5 }) {
                0 => into_expr(self.text(depth)),
                1 => into_expr(self.number(depth)),
                2 => into_expr(self.boolean()),
                3 => {
                    let (one, other) = (into_expr(self.text(depth - 1)), into_expr(self.number(depth - 1)));
                    (Expr::List(vec![one.0, other.0]), json!([one.1, other.1]))
                }
                _ => into_expr(self.document(depth - 1)),
            };
            members.push((key.clone(), value));
            means.insert(key, is);
        }
        Fact { value: Value::new(Expr::map(members)), means: means.into() }
    }
}

fn into_expr<T>(fact: Fact<T>) -> (Expr, Means) {
    (fact.value.into_expr(), fact.means)
}

fn path(made: &impl HasScope) -> String {
    made.scope().path().trim_start_matches('/').to_owned()
}

/// Whether the keys of a list of tags are different from each other.
fn keys_differ(tags: &Expr) -> bool {
    let keys: Vec<_> = tags.as_list().into_iter().flatten().map(|tag| tag.get("Key").cloned()).collect();
    keys.iter().enumerate().all(|(index, key)| !keys[..index].contains(key))
}
