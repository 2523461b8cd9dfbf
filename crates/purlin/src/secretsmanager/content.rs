//! What a secret holds: made up by AWS, or taken from where it is a secret already. Never text of the program.

use std::collections::{BTreeMap, BTreeSet};

use purlin_cfn::secretsmanager::SecretGenerateSecretString;
use purlin_construct::{Expr, IntoValue, Json, Scope, SecretValue, Value, intrinsics};

/// What a secret holds.
#[derive(Debug, Clone)]
#[must_use = "it does nothing until a secret is made of it"]
pub enum SecretContent {
    /// A text that AWS makes up when the secret is created.
    Generated(GeneratedString),
    /// A secret that another resource made, or that is kept elsewhere.
    Existing(SecretValue),
    /// An object of JSON with secrets in it.
    Object(SecretObject),
}

impl From<GeneratedString> for SecretContent {
    fn from(generated: GeneratedString) -> Self {
        Self::Generated(generated)
    }
}

impl From<SecretValue> for SecretContent {
    fn from(value: SecretValue) -> Self {
        Self::Existing(value)
    }
}

impl From<SecretObject> for SecretContent {
    fn from(object: SecretObject) -> Self {
        Self::Object(object)
    }
}

/// How AWS makes a secret up: 32 letters, digits and punctuation marks, of each kind at least one, unless said
/// otherwise (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html>).
///
/// Another recipe makes another secret when the stack is deployed.
///
/// ```
/// use purlin::secretsmanager::{GeneratedString, Secret};
///
/// let login = GeneratedString::in_object([("username", "admin")], "password").exclude_characters("\"@/\\");
/// let recipe = Secret::props(login);
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "it does nothing until a secret is made of it"]
pub struct GeneratedString {
    template: Option<(BTreeMap<String, Value<String>>, String)>,
    length: Option<u32>,
    exclude_characters: Option<String>,
    without: BTreeSet<Characters>,
    with_spaces: bool,
    any_mix: bool,
}

/// Kinds of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Characters {
    Punctuation,
    Digits,
    Lowercase,
    Uppercase,
}

impl GeneratedString {
    /// A secret that is the text alone.
    pub fn plain() -> Self {
        Self::default()
    }

    /// A secret that is an object of JSON: these fields, which are no secrets, and the text that is made up under `key`.
    pub fn in_object<N: Into<String>, V: IntoValue<String>>(
        fields: impl IntoIterator<Item = (N, V)>,
        key: impl Into<String>,
    ) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.into(), value.into_value())).collect();
        Self { template: Some((fields, key.into())), ..Self::default() }
    }

    /// How many characters: 1 to 4096; 32 unless given.
    pub fn length(self, characters: u32) -> Self {
        Self { length: Some(characters), ..self }
    }

    /// Characters that do not occur in it.
    pub fn exclude_characters(self, characters: impl Into<String>) -> Self {
        Self { exclude_characters: Some(characters.into()), ..self }
    }

    /// Without punctuation marks.
    pub fn exclude_punctuation(self) -> Self {
        self.without(Characters::Punctuation)
    }

    /// Without digits.
    pub fn exclude_numbers(self) -> Self {
        self.without(Characters::Digits)
    }

    /// Without lower-case letters.
    pub fn exclude_lowercase(self) -> Self {
        self.without(Characters::Lowercase)
    }

    /// Without upper-case letters.
    pub fn exclude_uppercase(self) -> Self {
        self.without(Characters::Uppercase)
    }

    fn without(mut self, characters: Characters) -> Self {
        self.without.insert(characters);
        self
    }

    /// With spaces too.
    pub fn include_space(self) -> Self {
        Self { with_spaces: true, ..self }
    }

    /// Not necessarily of each kind at least one.
    pub fn any_included_type(self) -> Self {
        Self { any_mix: true, ..self }
    }

    fn check(&self, scope: &Scope) {
        if let Some(length) = self.length.filter(|length| !(1..=4096).contains(length)) {
            scope.error(
                format!("a secret of `{length}` characters is to be generated, Secrets Manager takes 1 to 4096"),
                "choose a length between; 32 is the default",
            );
        }
        if self.without.len() == 4 {
            scope.error(
                "a secret is to be generated of no letters, no digits and no punctuation",
                "leave one of the `exclude_..` out",
            );
        }
        if let Some((fields, key)) = &self.template
            && fields.contains_key(key)
        {
            scope.error(
                format!("the field `{key}` of the secret is given, and to be generated"),
                "leave the field out of the given ones, or generate another",
            );
        }
    }

    fn render(self) -> SecretGenerateSecretString {
        let mut generated = SecretGenerateSecretString::new();
        if let Some((fields, key)) = self.template {
            generated = generated.secret_string_template(text_of(fields)).generate_string_key(key);
        }
        if let Some(length) = self.length {
            generated = generated.password_length(length);
        }
        if let Some(characters) = self.exclude_characters {
            generated = generated.exclude_characters(characters);
        }
        for kind in self.without {
            generated = match kind {
                Characters::Punctuation => generated.exclude_punctuation(true),
                Characters::Digits => generated.exclude_numbers(true),
                Characters::Lowercase => generated.exclude_lowercase(true),
                Characters::Uppercase => generated.exclude_uppercase(true),
            };
        }
        if self.with_spaces {
            generated = generated.include_space(true);
        }
        if self.any_mix { generated.require_each_included_type(false) } else { generated }
    }
}

/// An object of JSON with secrets that other resources made, and what goes with them.
///
/// ```
/// use purlin::cognito::{UserPool, UserPoolClient};
/// use purlin::secretsmanager::{Secret, SecretObject};
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Login", Stack::props());
/// let users = stack.add("Users", UserPool::props());
/// let client = users.add_client("Web", UserPoolClient::props().generate_secret());
/// let object = SecretObject::new().field("client_id", client.id()).secret("client_secret", client.client_secret());
/// let secret = stack.add("WebSecret", Secret::props(object));
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "it does nothing until a secret is made of it"]
pub struct SecretObject {
    fields: BTreeMap<String, Value<String>>,
    secrets: BTreeMap<String, SecretValue>,
}

impl SecretObject {
    /// An object without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// A field that is no secret: it is in the template as it is.
    pub fn field(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.fields.insert(name.into(), value.into_value());
        self
    }

    /// A field that is a secret: the template says where CloudFormation finds it. It must not hold `"` or `\`, which
    /// would end the text of the JSON.
    pub fn secret(mut self, name: impl Into<String>, value: SecretValue) -> Self {
        self.secrets.insert(name.into(), value);
        self
    }

    fn check(&self, scope: &Scope) {
        if self.secrets.is_empty() {
            scope.error("an object is kept secret, and holds no secret", "add one: `.secret(name, value)`");
        }
        for name in self.fields.keys().filter(|name| self.secrets.contains_key(*name)) {
            scope.error(format!("the secret has the field `{name}` twice"), "give one of them another name");
        }
    }

    fn render(self) -> Value<String> {
        let secrets = self.secrets.into_iter().map(|(name, secret)| (name, secret.dynamic_reference()));
        text_of(self.fields.into_iter().chain(secrets).collect())
    }
}

/// What the resource says of it.
pub(super) enum Rendered {
    Generate(SecretGenerateSecretString),
    Text(Value<String>),
}

impl SecretContent {
    pub(super) fn bind(self, scope: &Scope) -> Rendered {
        match self {
            Self::Generated(generated) => {
                generated.check(scope);
                Rendered::Generate(generated.render())
            }
            Self::Existing(value) => Rendered::Text(value.dynamic_reference()),
            Self::Object(object) => {
                object.check(scope);
                Rendered::Text(object.render())
            }
        }
    }
}

fn text_of(fields: BTreeMap<String, Value<String>>) -> Value<String> {
    let fields = fields.into_iter().map(|(name, value)| (name, value.into_expr()));
    intrinsics::json_text(Value::<Json>::new(Expr::map(fields)))
}
