//! Lists the files of a folder for an archive. Links are followed, as in the CDK, but links out of the folder are refused.

use std::path::Path;

use purlin_assembly::folder::{self, EntryKind, Links, Listing, Unfit};

use crate::error::DeployError;

/// Lists the files below a folder, sorted by the bytes of their names, and its dangling links, which are left out.
pub(crate) fn list(asset: &str, folder: &Path) -> Result<Listing, DeployError> {
    let mut listing = folder::list(folder, Links::FollowedInside, &mut |_, _, _| false)
        .map_err(|unfit| DeployError::Asset { asset: asset.to_owned(), detail: detail(&unfit) })?;
    listing.entries.retain(|entry| entry.kind == EntryKind::File);
    Ok(listing)
}

fn detail(unfit: &Unfit) -> String {
    format!("{unfit}: {}", unfit.reason.remedy())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn files_are_listed_without_folders_and_dangling_links() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        fs::create_dir_all(folder.path().join("lib/empty")).expect("a writable folder");
        fs::write(folder.path().join("lib/a.py"), "a").expect("a writable folder");
        symlink("lib/a.py", folder.path().join("a.py")).unwrap();
        symlink("nowhere", folder.path().join("dangling")).unwrap();
        let listing = list("code", folder.path()).expect("it can be packed");
        let names: Vec<&str> = listing.entries.iter().map(|it| it.name.as_str()).collect();
        assert_eq!((names, listing.dangling), (vec!["a.py", "lib/a.py"], vec!["dangling".to_owned()]));
    }

    #[test]
    fn what_cannot_be_packed_is_refused_with_asset_path_and_remedy() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        symlink("/etc/hosts", folder.path().join("hosts")).unwrap();
        let error = list("code", folder.path()).unwrap_err().to_string();
        for part in ["asset `code`", "`hosts` is a link to `/etc/hosts`, out of the folder", "remove the link"] {
            assert!(error.contains(part), "{error}");
        }
    }
}
