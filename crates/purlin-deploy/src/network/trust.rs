//! Whose certificates are trusted: those of this machine, or those of a bundle that the user names. The SDK's client stops
//! the program where a bundle is no bundle, so it gets what was checked.

use std::path::{Path, PathBuf};

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use purlin_assembly::read_file;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::error::DeployError;

/// The largest bundle, in bytes. Mozilla's has 250 KB.
const LARGEST: u64 = 16 << 20;

const OF_PROFILE: &str = "`ca_bundle` of the profile";

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The machine's certificates, which `SSL_CERT_FILE` replaces, with those of `AWS_CA_BUNDLE` and of the profile's
/// `ca_bundle`. AWS's CLI trusts the first bundle alone; a host that no company's proxy reads would fail then.
pub(super) fn context(profile: Option<&str>) -> Result<TlsContext, DeployError> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(file) = variable("SSL_CERT_FILE") {
        read("`SSL_CERT_FILE`", Path::new(&file))?;
    }
    let (valid, _) = RootCertStore::empty().add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let mut store = TrustStore::empty().with_native_roots(valid > 0);
    let bundles = [("`AWS_CA_BUNDLE`", variable("AWS_CA_BUNDLE")), (OF_PROFILE, profile.map(str::to_owned))];
    for (setting, file) in bundles {
        let Some(file) = file else { continue };
        for certificate in certificates(setting, &expanded(&file))? {
            store = store.with_pem_certificate(certificate);
        }
    }
    Ok(of(store))
}

/// The certificates of a profile's `ca_bundle`, in PEM.
pub(super) fn bundle(file: &str) -> Result<String, DeployError> {
    certificates(OF_PROFILE, &expanded(file)).map(|all| all.join("\n"))
}

/// No certificate at all.
pub(super) fn nothing() -> TlsContext {
    of(TrustStore::empty())
}

fn of(store: TrustStore) -> TlsContext {
    TlsContext::builder().with_trust_store(store).build().expect("a store of checked certificates makes a context")
}

fn expanded(file: &str) -> PathBuf {
    match (file.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(file),
    }
}

/// The certificates of a bundle that can be read. One has to be.
fn certificates(setting: &str, file: &Path) -> Result<Vec<String>, DeployError> {
    let text = read(setting, file)?;
    let is_readable = |block: &&str| {
        let read = CertificateDer::pem_slice_iter(block.as_bytes()).collect::<Result<Vec<_>, _>>();
        read.is_ok_and(|found| !found.is_empty() && found.into_iter().all(|it| RootCertStore::empty().add(it).is_ok()))
    };
    let ends = text.match_indices(END).map(|(end, _)| end + END.len());
    let blocks = ends.filter_map(|end| text[..end].rfind(BEGIN).map(|begin| &text[begin..end]));
    match blocks.filter(is_readable).map(str::to_owned).collect::<Vec<_>>() {
        none if none.is_empty() => Err(wrong(setting, file, "it holds no certificate that can be read")),
        found => Ok(found),
    }
}

fn read(setting: &str, file: &Path) -> Result<String, DeployError> {
    let bytes = read_file(file, LARGEST).map_err(|error| wrong(setting, file, &error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn wrong(setting: &str, file: &Path, why: &str) -> DeployError {
    DeployError::Setting {
        setting: setting.to_owned(),
        why: format!("it names `{}`: {why}", file.display()),
        advice: "name a file with certificates in PEM (`-----BEGIN CERTIFICATE-----`), such as your company's"
            .to_owned(),
    }
}
