//! What to do about an error, where the message does not say it.

use crate::bootstrap::version;
use crate::error::DeployError;

/// Calls that the deployment role of a bootstrap stack may make only if that was asked for.
const OPERATIONS: [&str; 6] = [
    "CancelUpdateStack",
    "DescribeLogGroups",
    "DescribeLogStreams",
    "FilterLogEvents",
    "GetLogEvents",
    "SetStackPolicy",
];

impl DeployError {
    /// A remedy for the user.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoCredentials { .. } => {
                "set up a profile with `aws configure sso` or `aws configure` and name it with `--profile`, \
                 or set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; `--local` needs none"
            }
            Self::BadCredentials { .. } => {
                "sign in again (`aws sso login` for a profile with SSO, `aws login` for one with `login_session`), or \
                 choose another profile with `--profile`"
            }
            Self::Preflight { errors, .. } => {
                let fix =
                    errors.first().and_then(|it| it.fix.as_ref()).map(|fix| format!("{fix}; or ")).unwrap_or_default();
                return Some(format!("{fix}go on all the same with `--no-preflight`"));
            }
            Self::NoRegion => "give `--region REGION`, or set `AWS_REGION`",
            Self::WrongAccount { .. } => "choose the profile of that account with `--profile`",
            Self::WrongRegion { .. } => "leave `--region` out, or let the stack name that region",
            Self::MissingParameters { .. } => "give them with `--parameters KEY=VALUE`",
            Self::Busy { stack, .. } => {
                return Some(format!(
                    "follow it with `purlin attach {stack}`, or let the deployment wait for it with `--wait`"
                ));
            }
            Self::Detached { stack, has_begun: true } => {
                return Some(format!("CloudFormation goes on; follow it with `purlin attach {stack}`"));
            }
            Self::Replaced { .. } => "look at what the other deployment did, then run this again",
            Self::NoSuchStack { .. } => "check the name, the `--profile` and the `--region`",
            Self::Unavailable { .. } => "look at https://health.aws.amazon.com, or run this again later",
            Self::Stuck { advice, .. } | Self::Setting { advice, .. } => advice,
            Self::Protected { stack } => {
                return Some(format!(
                    "turn the protection off in the stack and deploy it, or run \
                     `aws cloudformation update-termination-protection --no-enable-termination-protection \
                     --stack-name {stack}`"
                ));
            }
            Self::Refused { message, .. } => {
                let advice = purlin_diagnosis::hints::for_refusal(message)?;
                return Some(
                    advice.replace("`purlin bootstrap`", &format!("`purlin bootstrap{}`", version::option_in(message))),
                );
            }
            Self::LostSight { stack, .. } => {
                return Some(format!(
                    "CloudFormation goes on without this tool: follow it with `purlin attach {stack}` once AWS answers"
                ));
            }
            Self::NotBootstrapped { account, region, name, .. } => {
                let qualifier = version::option_for(name);
                return Some(format!("prepare it once with `purlin bootstrap{qualifier} aws://{account}/{region}`"));
            }
            Self::NotBootstrappedFor { account, region, qualifier, .. } => {
                let qualifier = qualifier.as_ref().map(|it| format!(" --qualifier {it}")).unwrap_or_default();
                return Some(format!("prepare it once with `purlin bootstrap{qualifier} aws://{account}/{region}`"));
            }
            Self::BucketRefused { .. } => {
                "either it belongs to another account, which must not get your code, or the role lacks permission, \
                 which `purlin bootstrap` gives it"
            }
            Self::Aws { operation, .. } if OPERATIONS.contains(operation) && self.is_denied() => {
                "the deployment role of a bootstrap stack has this permission with `purlin bootstrap --with-operations`"
            }
            Self::Docker { .. } => "check that Docker runs, or name another builder in `PURLIN_DOCKER`",
            Self::DeletionFailed { .. } => "remove what prevents it, then run `destroy` again",
            Self::NotAws { .. } => {
                "sign in to the network if it wants that (captive portal), and check `HTTPS_PROXY` and `AWS_ENDPOINT_URL`"
            }
            Self::NoMfaCode { .. } => {
                "run it on a terminal, which asks for the code, or put a session's keys into the environment \
                 (`aws configure export-credentials --format env`)"
            }
            Self::Unreachable { detail, .. } if detail.contains("certificate") => {
                "a proxy that reads TLS has a certificate of its own: name the company's bundle in `AWS_CA_BUNDLE`, or \
                 `ca_bundle` of the profile"
            }
            Self::Unreachable { .. } => {
                "check the network, the region's name, `AWS_ENDPOINT_URL`, and `HTTPS_PROXY` where only a proxy leads out"
            }
            Self::Failed(failed) => return failed.diagnosis.cause.as_ref()?.hint.map(str::to_owned),
            _ => self.decision_hint()?,
        };
        Some(hint.to_owned())
    }

    /// The hint where the user has to decide, or to look at who else changes things.
    fn decision_hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::HiddenParameters { .. } => {
                "give the value with `--parameters KEY=VALUE`, keep what the stack has with `--previous-parameters`, or take \
                 the new defaults with `--no-previous-parameters`"
            }
            Self::NotAccepted { approval, .. } if !approval.losses.is_empty() => {
                "keep the data with a removal policy, or undo the change, or answer `y` on a terminal, or give `--yes`; \
                 `--require-approval never` does not ask"
            }
            Self::NotAccepted { .. } => {
                "answer `y` on a terminal, or give `--yes`; `--require-approval never` does not ask"
            }
            Self::TemplateElsewhere { .. } => {
                "deploy an assembly as it was synthesized; a bucket of another name is one of `purlin bootstrap \
                 --bootstrap-bucket-name NAME`"
            }
            Self::OtherTemplate { .. } => {
                "nothing was deployed: look for who else writes to the bootstrap bucket or makes change sets of this \
                 stack, then run this again"
            }
            Self::ForeignRole { .. } => {
                "take the role out of the stack's synthesizer, or name the stack's account in it"
            }
            _ => return None,
        })
    }
}
