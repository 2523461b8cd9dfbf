//! Gives every element its logical id. The rule is the CDK's and a contract: changing it replaces users' resources.

/// Ids longer than this many characters of readable text are cut.
const MAX_HUMAN: usize = 240;
const MAX_ID: usize = 255;

/// The logical id of the construct at these ids below its stack, outermost first; none where all are `Default`.
///
/// One id alone is taken as it is. Otherwise it is the readable ids followed by eight hex digits of the path's hash.
pub fn logical_id(ids: &[&str]) -> Option<String> {
    let ids: Vec<&str> = ids.iter().copied().filter(|id| *id != "Default").collect();
    if let [only] = ids[..] {
        let plain = alphanumeric(only);
        if !plain.is_empty() && plain.len() <= MAX_ID {
            return Some(plain);
        }
    }
    if ids.is_empty() {
        return None;
    }
    let human: String = human_parts(&ids).into_iter().map(alphanumeric).collect();
    Some(format!("{}{}", &human[..human.len().min(MAX_HUMAN)], path_hash(&ids)))
}

/// A name that is unique within the app, made of the whole path by the same rule: at most `max` characters of
/// letters, digits and the separator, cut in the middle where it is longer.
pub fn unique_name(ids: &[&str], separator: &str, max: usize) -> String {
    let ids: Vec<&str> = ids.iter().copied().filter(|id| *id != "Default").collect();
    let keep =
        |id: &str| id.chars().filter(|c| c.is_ascii_alphanumeric() || separator.contains(*c)).collect::<String>();
    if let [only] = ids[..] {
        let plain = keep(only);
        if plain.len() <= max {
            return plain;
        }
    }
    let human = human_parts(&ids).into_iter().map(keep).collect::<Vec<_>>().join(separator);
    let hash = path_hash(&ids);
    let room = max.saturating_sub(hash.len() + separator.len());
    let human = if human.len() > room {
        let half = room / 2;
        format!("{}{}", &human[..half], &human[human.len() - half..])
    } else {
        human
    };
    format!("{human}{separator}{hash}")
}

fn alphanumeric(id: &str) -> String {
    id.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn path_hash(ids: &[&str]) -> String {
    format!("{:X}", md5::compute(ids.join("/").as_bytes()))[..8].to_owned()
}

/// The ids a reader needs: not one that the kept one before it ends with, and not `Resource`.
fn human_parts<'a>(ids: &[&'a str]) -> Vec<&'a str> {
    let mut kept: Vec<&str> = Vec::new();
    for id in ids {
        if !kept.last().is_some_and(|last| last.ends_with(id)) {
            kept.push(id);
        }
    }
    kept.retain(|id| *id != "Resource");
    kept
}
