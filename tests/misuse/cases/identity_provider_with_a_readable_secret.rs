//! The secret of an identity provider is not text: the template would show it.
use purlin::cognito::UserPoolIdentityProvider;

fn main() {
    let _ = UserPoolIdentityProvider::google("1234.apps.googleusercontent.com", "GOCSPX-secret");
}
