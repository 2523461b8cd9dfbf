//! The secret of an identity provider is never text: it would be readable in the template.
use purlin::cognito::UserPoolIdentityProvider;

fn main() {
    let _ = UserPoolIdentityProvider::google("1234.apps.googleusercontent.com", "GOCSPX-secret");
}
