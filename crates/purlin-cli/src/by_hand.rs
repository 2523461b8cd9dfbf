//! Commands that are printed to be run by hand: with `--local` they name the emulator, never the user's account.

use std::env;
use std::sync::OnceLock;

use crate::args;

/// The emulator's address, if this command works with it.
static EMULATOR: OnceLock<String> = OnceLock::new();

/// From now on, printed commands are for the emulator.
pub(crate) fn is_for(endpoint: &str) {
    EMULATOR.get_or_init(|| endpoint.to_owned());
}

/// A text in which the commands are for the emulator, with `--local`.
pub(crate) fn addressed(text: &str) -> String {
    EMULATOR.get().map_or_else(|| text.to_owned(), |endpoint| to(endpoint, text))
}

/// How to give the AWS CLI the emulator's key, if these lines have commands for it, and the emulator is meant.
pub(crate) fn key_note(lines: &[String]) -> Option<String> {
    let has_command = |text: &String| text.contains("`aws ") || text.trim_start().starts_with("aws ");
    EMULATOR
        .get()
        .filter(|_| lines.iter().any(has_command))
        .map(|_| format!("with the emulator's key: `eval \"$({} local env)\"`", program()))
}

/// The toolkit as the user runs it.
pub(crate) fn program() -> String {
    env::var("PURLIN_INVOKED_AS").unwrap_or_else(|_| "purlin".to_owned())
}

/// Commands are between backticks, or lines of their own.
fn to(endpoint: &str, text: &str) -> String {
    let line = |line: &str| {
        let start = line.len() - line.trim_start().len();
        if line[start..].starts_with("aws ") {
            return format!("{}{}", &line[..start], command(endpoint, &line[start..]));
        }
        let parts: Vec<&str> = line.split('`').collect();
        let last = parts.len() - 1;
        let part = |(at, part): (usize, &&str)| match at {
            // The last part follows no opened backtick, or one that nothing closes.
            at if at % 2 == 1 && at < last => command(endpoint, part),
            _ => (*part).to_owned(),
        };
        parts.iter().enumerate().map(part).collect::<Vec<_>>().join("`")
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// A pipeline of commands.
fn command(endpoint: &str, text: &str) -> String {
    let one = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            // These are about the user's own profiles.
            ["aws", "configure" | "login" | "sso", ..] => text.to_owned(),
            ["aws", _, ..] if !text.contains("--endpoint-url") => {
                text.replacen("aws ", &format!("aws --endpoint-url {endpoint} "), 1)
            }
            ["purlin", verbs @ ..] if !words.contains(&"--local") && args::takes_local(verbs) => {
                format!("{text} --local")
            }
            _ => text.to_owned(),
        }
    };
    text.split(" | ").map(one).collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::PathBuf;

    use super::to;

    #[test]
    fn commands_name_the_emulator() {
        let cases = [
            (
                "    aws s3 rb --force s3://pics --region us-east-1",
                "    aws --endpoint-url E s3 rb --force s3://pics --region us-east-1",
            ),
            ("a\n  aws logs x\nb", "a\n  aws --endpoint-url E logs x\nb"),
            (
                "find it with `aws ec2 describe-vpcs`, delete it",
                "find it with `aws --endpoint-url E ec2 describe-vpcs`, delete it",
            ),
            ("`aws --endpoint-url E s3 ls`", "`aws --endpoint-url E s3 ls`"),
            ("sign in again (`aws sso login`)", "sign in again (`aws sso login`)"),
            ("`purlin attach Web`", "`purlin attach Web --local`"),
            ("`purlin user enable` lets them in", "`purlin user enable --local` lets them in"),
            (
                "`purlin token STACK | purlin token decode`",
                "`purlin token STACK --local | purlin token decode --local`",
            ),
            ("`purlin deploy Web --local`", "`purlin deploy Web --local`"),
            ("`purlin schema AWS::ECS` or `purlin local stop`", "`purlin schema AWS::ECS` or `purlin local stop`"),
            ("`purlin explain` reads it", "`purlin explain` reads it"),
            (
                "the aws account, `aws`, `awsome x`, a ` alone, aws x",
                "the aws account, `aws`, `awsome x`, a ` alone, aws x",
            ),
            ("open `aws s3 ls", "open `aws s3 ls"),
            ("", ""),
        ];
        for (given, expected) in cases {
            assert_eq!(to("E", given), expected);
        }
    }

    /// Every command between backticks in the toolkit's texts, with `\\` at line ends taken out.
    fn printed() -> BTreeSet<String> {
        let mut folders =
            ["../purlin-cli/src", "../purlin-deploy/src", "../purlin-diagnosis/src"].map(PathBuf::from).to_vec();
        let mut found = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(&folder).unwrap().map(|it| it.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|it| it == "rs" || it == "yaml") {
                    let text = fs::read_to_string(&path).unwrap();
                    let kept = |line: &&str| !line.trim_start().starts_with("//");
                    let text: String = text.lines().filter(kept).map(|it| it.trim().trim_end_matches('\\')).collect();
                    let spans = text.split('`').filter(|it| it.starts_with("aws ") || it.starts_with("purlin "));
                    found.extend(spans.filter(|it| it.len() < 150).map(str::to_owned));
                }
            }
        }
        found
    }

    #[test]
    fn every_command_that_can_be_for_the_emulator_is() {
        // About the user's own machine and profiles, or about no account.
        let elsewhere = ["aws configure", "aws login", "aws sso", "purlin explain", "purlin local", "purlin schema"];
        let commands = printed();
        assert!(commands.len() > 40, "{commands:#?}");
        for command in commands {
            let addressed = to("E", &format!("`{command}`"));
            let is_elsewhere = elsewhere.iter().any(|start| command.starts_with(start)) || command.contains("--local");
            let names = addressed.contains("--endpoint-url E") || addressed.contains("--local");
            assert!(is_elsewhere || names, "{addressed}");
        }
    }
}
