//! Function URLs: HTTPS addresses of functions without an API.

use std::time::Duration;

use purlin_cfn::lambda::{CfnUrl, UrlAuthType, UrlCors, UrlCorsAllowMethods, UrlInvokeMode};
use purlin_construct::{Expr, HasScope, IntoValue, Ref, Scope, Value};

use super::function::Function;
use super::permission::Permission;
use crate::check::Checks;
use crate::iam::{Grant, Grantee, PolicyStatement};
use crate::time::seconds;

/// The methods that CORS of a function URL can allow.
const METHODS: [&str; 7] = ["GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*"];

/// Who may call a function URL
/// (<https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionUrlAuthType {
    /// IAM principals with permission, which sign their requests: [`FunctionUrl::grant_invoke_url`].
    AwsIam,
    /// Every caller. The function's policy permits all of them, so the function has to check callers itself.
    None,
}

/// How the response is sent to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvokeMode {
    /// When it is complete; at most 6 MB.
    Buffered,
    /// While the function writes it.
    ResponseStream,
}

/// The web pages from which browsers may call a function URL
/// (<https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors>).
#[derive(Debug, Clone, Default)]
#[must_use = "it does nothing until it is given to a function URL"]
pub struct FunctionUrlCors {
    credentials: bool,
    origins: Vec<Value<String>>,
    headers: Vec<Value<String>>,
    methods: Vec<String>,
    exposed: Vec<Value<String>>,
    max_age: Option<Duration>,
}

impl FunctionUrlCors {
    /// Pages of these origins may call it: `https://app.example.com`, or `*` for all.
    pub fn origins<V: IntoValue<String>>(origins: impl IntoIterator<Item = V>) -> Self {
        Self { origins: origins.into_iter().map(IntoValue::into_value).collect(), ..Self::default() }
    }

    /// The methods: `GET`, `PUT`, `HEAD`, `POST`, `PATCH`, `DELETE`; all unless given.
    pub fn methods<M: Into<String>>(self, methods: impl IntoIterator<Item = M>) -> Self {
        Self { methods: methods.into_iter().map(Into::into).collect(), ..self }
    }

    /// The headers that a page may set; none unless given.
    pub fn headers<V: IntoValue<String>>(self, headers: impl IntoIterator<Item = V>) -> Self {
        Self { headers: headers.into_iter().map(IntoValue::into_value).collect(), ..self }
    }

    /// The response headers that a page may read; none unless given.
    pub fn exposed_headers<V: IntoValue<String>>(self, headers: impl IntoIterator<Item = V>) -> Self {
        Self { exposed: headers.into_iter().map(IntoValue::into_value).collect(), ..self }
    }

    /// Lets pages send cookies and other credentials. Browsers refuse this with the origin `*`.
    pub fn allow_credentials(self) -> Self {
        Self { credentials: true, ..self }
    }

    /// How long browsers cache these rules: up to a day, in whole seconds.
    pub fn max_age(self, time: Duration) -> Self {
        Self { max_age: Some(time), ..self }
    }

    fn check(&self, scope: &Scope) {
        let is_open = self.origins.iter().any(|origin| origin.as_str() == Some("*"));
        if self.credentials && is_open {
            scope.error(
                "the function URL allows credentials from the origin `*`, which browsers refuse",
                "list the origins whose pages may send credentials",
            );
        }
        for method in self.methods.iter().filter(|method| !METHODS.contains(&method.as_str())) {
            scope.error(
                format!("a method of CORS is `{method}`, but AWS takes {}", METHODS.join(", ")),
                "remove it; Lambda answers `OPTIONS` itself",
            );
        }
        scope.check("the maximum age of CORS").whole_seconds(self.max_age, ..);
    }

    fn render(self) -> UrlCors {
        let methods = if self.methods.is_empty() { vec!["*".to_owned()] } else { self.methods };
        let methods: Vec<Expr> = methods.into_iter().map(Expr::from).collect();
        let mut cors = UrlCors::new()
            .allow_origins(self.origins)
            .allow_methods(Value::<Vec<UrlCorsAllowMethods>>::new(Expr::List(methods)));
        if !self.headers.is_empty() {
            cors = cors.allow_headers(self.headers);
        }
        if !self.exposed.is_empty() {
            cors = cors.expose_headers(self.exposed);
        }
        if self.credentials {
            cors = cors.allow_credentials(true);
        }
        match self.max_age {
            Some(age) => cors.max_age(seconds(age)),
            None => cors,
        }
    }
}

/// The recipe of a [`FunctionUrl`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is given to a function"]
pub struct FunctionUrlProps {
    auth: FunctionUrlAuthType,
    cors: Option<FunctionUrlCors>,
    mode: Option<InvokeMode>,
}

impl FunctionUrlProps {
    /// The web pages from which browsers may call it; none unless given.
    pub fn cors(self, cors: FunctionUrlCors) -> Self {
        Self { cors: Some(cors), ..self }
    }

    /// How the response is sent: when it is complete unless given.
    pub fn invoke_mode(self, mode: InvokeMode) -> Self {
        Self { mode: Some(mode), ..self }
    }

    fn render(self, function: &Function) -> CfnUrl {
        let auth = match self.auth {
            FunctionUrlAuthType::AwsIam => UrlAuthType::AWS_IAM,
            FunctionUrlAuthType::None => UrlAuthType::NONE,
        };
        let mut url = CfnUrl::new(auth, function.arn());
        if let Some(cors) = self.cors {
            url = url.cors(cors.render());
        }
        match self.mode {
            Some(InvokeMode::Buffered) => url.invoke_mode(UrlInvokeMode::BUFFERED),
            Some(InvokeMode::ResponseStream) => url.invoke_mode(UrlInvokeMode::RESPONSE_STREAM),
            None => url,
        }
    }
}

/// An HTTPS address of a function; [`Function::add_function_url`] adds one.
#[derive(Debug, Clone)]
pub struct FunctionUrl {
    cfn: Ref<CfnUrl>,
    function: Function,
}

impl FunctionUrl {
    /// A URL for these callers.
    ///
    /// ```
    /// # use purlin::lambda::{Code, Function, Runtime};
    /// # use purlin::{App, Stack};
    /// use purlin::lambda::{FunctionUrl, FunctionUrlAuthType};
    ///
    /// # let app = App::new();
    /// # let stack = app.add("Hooks", Stack::props());
    /// # let code = Code::from_inline(Runtime::PYTHON3_13, "index.handler", "def handler(event, context):\n    return 'hi'\n");
    /// # let function = stack.add("Hook", Function::props(code));
    /// let url = function.add_function_url(FunctionUrl::props(FunctionUrlAuthType::AwsIam));
    /// # drop(url.url());
    /// # assert!(app.synth().is_ok());
    /// ```
    pub fn props(auth: FunctionUrlAuthType) -> FunctionUrlProps {
        FunctionUrlProps { auth, cors: None, mode: None }
    }

    #[track_caller]
    pub(super) fn new(function: &Function, props: FunctionUrlProps) -> Self {
        let scope = function.scope().child("FunctionUrl");
        if let Some(cors) = &props.cors {
            cors.check(&scope);
        }
        if props.auth == FunctionUrlAuthType::None {
            permit_all_callers(function);
        }
        let cfn = scope.add("Resource", props.render(function));
        Self { cfn, function: function.clone() }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnUrl> {
        &self.cfn
    }

    /// The address, with a slash at its end: `https://ID.lambda-url.REGION.on.aws/`.
    pub fn url(&self) -> Value<String> {
        self.cfn.att(CfnUrl::ATTR_FUNCTION_URL)
    }

    /// The ARN of its function.
    pub fn function_arn(&self) -> Value<String> {
        self.cfn.att(CfnUrl::ATTR_FUNCTION_ARN)
    }

    /// Permits the grantee to call the URL, and to invoke the function only through it.
    pub fn grant_invoke_url(&self, grantee: &impl Grantee) -> Grant {
        let url = PolicyStatement::allow().action("lambda:InvokeFunctionUrl").resource(self.function.arn());
        let invoke = PolicyStatement::allow().action("lambda:InvokeFunction").resource(self.function.arn());
        let url = url.condition("StringEquals", "lambda:FunctionUrlAuthType", "AWS_IAM");
        let invoke = invoke.condition("Bool", "lambda:InvokedViaFunctionUrl", "true");
        Grant::statement(grantee, url).combine(Grant::statement(grantee, invoke))
    }
}

impl HasScope for FunctionUrl {
    fn scope(&self) -> &Scope {
        self.cfn.scope()
    }
}

/// Lambda requires both since October 2025
/// (<https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>).
#[track_caller]
fn permit_all_callers(function: &Function) {
    function.add_permission("invoke-function-url", Permission::for_all_by_url());
    function.add_permission("invoke-function", Permission::for_all_invoked_by_url());
}
