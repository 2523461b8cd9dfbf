//! Published durations, for resource types without measurements on this machine.
//!
//! Seconds to create and to update, averages over many deployments, as `rain forecast` uses them
//! (<https://github.com/aws-cloudformation/rain>, `internal/cmd/forecast/estimate.go`, July 2026).
//! Durations of deletions are not published, except that a queue takes a minute
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html>).

use super::work::Work;

/// Seconds for a type without measurements: most types take one or two calls.
const OTHERS: u64 = 5;

/// A deletion is estimated at half the time of a creation, and at most at this.
const LONGEST_DELETION: u64 = 120;

/// Seconds to create and to update each type, with a line of titles.
const TIMES: &str = include_str!("published.csv");

fn published(resource_type: &str) -> Option<(u64, u64)> {
    let name = if resource_type.starts_with("Custom::") { "Custom::" } else { resource_type };
    let line = TIMES.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(','))?;
    let (create, update) = line.split_once(',')?;
    Some((create.parse().ok()?, update.parse().ok()?))
}

/// Seconds that a resource of a type usually takes.
pub(super) fn seconds(resource_type: &str, work: Work) -> u64 {
    let (create, update) = published(resource_type).unwrap_or((OTHERS, OTHERS));
    let seconds = match work {
        Work::Create => create,
        Work::Update => update,
        Work::Delete if resource_type == "AWS::SQS::Queue" => 60,
        Work::Delete => (create / 2).min(LONGEST_DELETION),
    };
    seconds.max(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_time() {
        for (resource_type, work, expected) in [
            ("AWS::ECS::Service", Work::Create, 119),
            ("AWS::ECS::Service", Work::Update, 71),
            ("AWS::RDS::DBInstance", Work::Delete, 120),
            ("AWS::SQS::Queue", Work::Delete, 60),
            ("AWS::CertificateManager::Certificate", Work::Update, 2),
            ("Custom::S3AutoDeleteObjects", Work::Create, 119),
            ("AWS::New::Thing", Work::Create, 5),
        ] {
            assert_eq!(seconds(resource_type, work), expected, "{resource_type} {work:?}");
        }
    }

    #[test]
    fn every_row_is_read_and_no_type_is_there_twice() {
        let types: Vec<_> = TIMES.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        assert!(types.is_sorted_by(|one, next| one < next));
        assert!(types.iter().all(|name| published(name).is_some()), "{TIMES}");
    }
}
