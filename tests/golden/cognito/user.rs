//! Users and memberships: their resources, their order, and mistakes.

use purlin::cognito::{
    CustomAttribute, InvitationMedium, SignInAlias, StandardAttribute, UserPool, UserPoolGroup, UserPoolProps,
    UserPoolUser, UserPoolUserProps,
};
use purlin::testing::{Template, problems};
use purlin::{CfnOutput, Stack};
use serde_json::{Value, json};

use super::{assert_fine, assert_problem, check, properties_of};

const USER: &str = "AWS::Cognito::UserPoolUser";
const MEMBERSHIP: &str = "AWS::Cognito::UserPoolUserToGroupAttachment";

fn by_email() -> UserPoolProps {
    UserPool::props().sign_in_aliases([SignInAlias::Email])
}

fn made(pool: UserPoolProps, user: UserPoolUserProps) -> Value {
    let template = Template::of(|stack| drop(stack.add("P", pool).add_user("U", user)));
    properties_of(&template, USER)
}

#[test]
fn users_and_their_groups() {
    check("cognito_users", |stack| {
        let users = stack.add("Users", by_email().custom_attribute("plan", CustomAttribute::string()));
        let admins = users.add_group("Admins", UserPoolGroup::props().name("admin"));
        let members = users.add_group("Everybody", UserPoolGroup::props().name("user"));
        let ada = users.add_user("Ada", UserPoolUser::props("ada@example.com"));
        let full = UserPoolUser::props("grace@example.com")
            .attribute(StandardAttribute::FullName, "Grace Hopper")
            .email("grace@example.com")
            .email_verified()
            .phone_number("+12065551212")
            .phone_number_verified()
            .custom_attribute("plan", "gold")
            .invite_by([InvitationMedium::Sms, InvitationMedium::Email])
            .force_alias_creation()
            .client_metadata("source", "stack")
            .validation_data("invitedBy", "ada");
        let grace = users.add_user("Grace", full);
        let silent = users.add_user("Alan", UserPoolUser::props("alan@example.com").suppress_invitation());
        for (group, user) in [(&admins, &ada), (&members, &ada), (&members, &grace), (&members, &silent)] {
            group.add_user(user);
        }
        stack.add("Name", CfnOutput::new(grace.username()));
    });
}

#[test]
fn a_membership_is_created_after_its_user_and_its_group() {
    let template = Template::of(|stack| {
        let pool = stack.add("P", UserPool::props());
        let group = pool.add_group("G", UserPoolGroup::props().name("admin"));
        let user = pool.add_user("U", UserPoolUser::props("ada").email("ada@example.com"));
        group.add_user(&user);
    });
    let (user, _) = template.resources_of(USER).into_iter().next().unwrap();
    let (group, _) = template.resources_of("AWS::Cognito::UserPoolGroup").into_iter().next().unwrap();
    let membership = properties_of(&template, MEMBERSHIP);
    assert_eq!((&membership["Username"], &membership["GroupName"]), (&json!({"Ref": user}), &json!({"Ref": group})));
}

#[test]
fn imported_users_and_groups_are_written_by_name() {
    let template = Template::of(|stack| {
        let pool = UserPool::from_id(stack, "P", "eu-west-1_AbCdEfGhI");
        let again = UserPool::from_id(stack, "Again", "eu-west-1_AbCdEfGhI");
        let group = UserPoolGroup::from_name(stack, "G", &pool, "admin");
        group.add_user(&UserPoolUser::from_username(stack, "U", &again, "ada"));
        assert!(group.cfn().is_none());
    });
    let expected = json!({"GroupName": "admin", "UserPoolId": "eu-west-1_AbCdEfGhI", "Username": "ada"});
    assert_eq!(properties_of(&template, MEMBERSHIP), expected);
}

#[test]
fn invitations_use_an_address_of_the_user() {
    let phone = UserPoolUser::props("ada").phone_number("+12065551212");
    let cases = [
        (UserPool::props(), UserPoolUser::props("ada").email("a@b.c"), json!(["EMAIL"]), Value::Null),
        (UserPool::props(), phone.clone(), json!(["SMS"]), Value::Null),
        (UserPool::props(), phone.clone().email("a@b.c"), json!(["EMAIL"]), Value::Null),
        (UserPool::props(), phone.invite_by([InvitationMedium::Sms]), json!(["SMS"]), Value::Null),
        (by_email(), UserPoolUser::props("a@b.c"), json!(["EMAIL"]), Value::Null),
        (UserPool::props(), UserPoolUser::props("ada").suppress_invitation(), Value::Null, json!("SUPPRESS")),
    ];
    for (pool, user, mediums, action) in cases {
        let user = made(pool, user);
        assert_eq!((&user["DesiredDeliveryMediums"], &user["MessageAction"]), (&mediums, &action));
    }
}

#[test]
fn an_address_as_the_user_name_is_set_as_an_attribute() {
    let both = UserPool::props().sign_in_aliases([SignInAlias::Email, SignInAlias::Phone]);
    let cases = [
        (by_email(), "a@b.c", json!([{"Name": "email", "Value": "a@b.c"}])),
        (both.clone(), "+12065551212", json!([{"Name": "phone_number", "Value": "+12065551212"}])),
        (both, "a@b.c", json!([{"Name": "email", "Value": "a@b.c"}])),
    ];
    for (pool, name, attributes) in cases {
        assert_eq!(made(pool, UserPoolUser::props(name))["UserAttributes"], attributes);
    }
    let silent = UserPoolUser::props("ada").suppress_invitation();
    assert_eq!(made(UserPool::props(), silent)["UserAttributes"], Value::Null);
}

#[test]
fn mistakes_are_problems() {
    type Build = fn(&Stack);
    fn add(stack: &Stack, pool: UserPoolProps, user: UserPoolUserProps) {
        stack.add("P", pool).add_user("U", user);
    }
    let cases: [(&str, Build); 15] = [
        ("the user name is `a b`, but AWS takes 1 to 128 characters without blanks", |s| {
            add(s, UserPool::props(), UserPoolUser::props("a b").email("a@b.c"));
        }),
        ("the user name is ``, but AWS takes 1 to 128 characters", |s| {
            add(s, UserPool::props(), UserPoolUser::props("").email("a@b.c"));
        }),
        ("`ada` is not an email address, which users of the pool", |s| {
            add(s, by_email(), UserPoolUser::props("ada").suppress_invitation());
        }),
        ("is not an email address or a phone number, which", |s| {
            let pool = UserPool::props().sign_in_aliases([SignInAlias::Email, SignInAlias::Phone]);
            add(s, pool, UserPoolUser::props("ada").suppress_invitation());
        }),
        ("`a@b.c` is an address, but in this pool an address is an alias", |s| {
            let pool = UserPool::props().sign_in_aliases([SignInAlias::Username, SignInAlias::Email]);
            add(s, pool, UserPoolUser::props("a@b.c").email("a@b.c"));
        }),
        ("has `custom:plan`, but the pool's custom attributes are: `custom:age`", |s| {
            let pool = by_email().custom_attribute("age", CustomAttribute::number());
            add(s, pool, UserPoolUser::props("a@b.c").custom_attribute("plan", "gold"));
        }),
        ("attribute `email` is set twice", |s| {
            add(s, UserPool::props(), UserPoolUser::props("ada").email("a@b.c").email("b@b.c"));
        }),
        ("`name` has 2049 characters, but AWS takes at most 2048", |s| {
            let user = UserPoolUser::props("a@b.c").attribute(StandardAttribute::FullName, "a".repeat(2049));
            add(s, by_email(), user);
        }),
        ("`email` is set as verified, but", |s| {
            add(s, UserPool::props(), UserPoolUser::props("ada").email_verified().suppress_invitation());
        }),
        ("`ada@` is not an email address", |s| add(s, UserPool::props(), UserPoolUser::props("ada").email("ada@"))),
        ("the phone number is `0206`, but AWS takes", |s| {
            add(s, UserPool::props(), UserPoolUser::props("ada").phone_number("0206"));
        }),
        ("the user cannot be invited", |s| add(s, UserPool::props(), UserPoolUser::props("ada"))),
        ("the user cannot be invited", |s| add(s, by_email(), UserPoolUser::props("a@b.c").invite_by([]))),
        ("invited by `Sms`, but has no `phone_number`", |s| {
            add(s, by_email(), UserPoolUser::props("a@b.c").invite_by([InvitationMedium::Sms]));
        }),
        ("are of different user pools", |s| {
            let group = s.add("P", by_email()).add_group("G", UserPoolGroup::props());
            group.add_user(&s.add("Q", by_email()).add_user("U", UserPoolUser::props("a@b.c")));
        }),
    ];
    for (expect, build) in cases {
        assert_problem(expect, build);
    }
}

#[test]
fn a_second_membership_of_the_same_user_is_a_problem() {
    let found = problems(|stack| {
        let pool = stack.add("P", by_email());
        let group = pool.add_group("G", UserPoolGroup::props());
        let user = pool.add_user("U", UserPoolUser::props("a@b.c"));
        group.add_user(&user);
        group.add_user(&user);
    });
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn users_of_an_imported_pool_are_not_checked_against_its_rules() {
    assert_fine(|stack| {
        let pool = UserPool::from_id(stack, "P", "eu-west-1_AbCdEfGhI");
        pool.add_user("Ada", UserPoolUser::props("ada@example.com").email("ada@example.com"));
        pool.add_user("Bob", UserPoolUser::props("bob").custom_attribute("plan", "gold").suppress_invitation());
    });
}
