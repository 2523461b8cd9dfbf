//! The company's certificate authority and a server's certificate, by `openssl`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

pub struct Certificates(TempDir);

impl Certificates {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let extensions = "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n";
        fs::write(folder.path().join("extensions"), extensions).expect("a file of ours");
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        let steps = [
            format!("req -x509 {key} -days 2 -subj /CN=Company -keyout ca.key -out ca.pem -addext keyUsage=critical,keyCertSign"),
            format!("req {key} -subj /CN=server -keyout server.key -out server.csr"),
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out server.pem"
                .to_owned(),
        ];
        for step in steps {
            let done = Command::new("openssl").args(step.split(' ')).current_dir(&folder).output();
            let done = done.expect("`openssl` is there: apt-get install openssl");
            assert!(done.status.success(), "openssl {step}: {}", String::from_utf8_lossy(&done.stderr));
        }
        fs::create_dir(folder.path().join("trusted")).expect("a folder of ours");
        // OpenSSL's name of a certificate in a folder.
        fs::copy(folder.path().join("ca.pem"), folder.path().join("trusted/00000000.0")).expect("a file of ours");
        Self(folder)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// A file's contents.
pub fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("`openssl` wrote it")
}
