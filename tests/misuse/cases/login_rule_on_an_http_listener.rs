//! Only rules of HTTPS listeners sign users in.
use purlin::elbv2::{Action, ApplicationTargetGroup, HttpListener, ListenerCondition, ValidateJwt};

fn guard(listener: &HttpListener, app: &ApplicationTargetGroup) {
    let checked = ValidateJwt::new("https://id.test", "https://id.test/keys").then(Action::forward(app));
    listener.add_rule("Api", 10, [ListenerCondition::path_patterns(["/api/*"])], checked);
}

fn main() {}
