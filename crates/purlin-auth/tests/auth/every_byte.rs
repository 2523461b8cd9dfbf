//! A valid token becomes invalid if any character is cut or changed.

use crate::good::{alb, balancers, pool, verifier};
use crate::keys::{NOW, P256, Rsa, access_claims, alb_claims, alb_header};

/// Every prefix of the text, and the text with each character replaced.
fn damaged(good: &str) -> Vec<String> {
    let cut = (0..good.len()).map(|length| good[..length].to_owned());
    let changed = (0..good.len()).flat_map(|at| {
        let others =
            ['A', 'z', '-', '.', '=', '"'].into_iter().filter(move |other| good.as_bytes()[at] != *other as u8);
        others.map(move |other| format!("{}{other}{}", &good[..at], &good[at + 1..]))
    });
    cut.chain(changed).collect()
}

#[tokio::test]
async fn of_a_user_pools_token() {
    let key = Rsa::published("rfc7515_a2");
    let pool = pool(&key).await;
    let verifier = verifier(&pool);
    let good = key.token(r#"{"kid":"pool-key","alg":"RS256"}"#, &access_claims().to_string());
    assert!(verifier.access_at(&good, NOW).await.is_ok());
    for bad in damaged(&good) {
        assert!(verifier.access_at(&bad, NOW).await.is_err(), "{bad}");
    }
}

#[tokio::test]
async fn of_a_balancers_token() {
    let key = P256::generate();
    let keys = balancers(&key).await;
    let verifier = alb(&keys);
    let good = key.token(&alb_header().to_string(), &alb_claims().to_string());
    assert!(verifier.verify_at(&good, NOW).await.is_ok());
    // The signature itself is not signed: its padding may be missing.
    let bare = good.trim_end_matches('=');
    for bad in damaged(&good).iter().filter(|text| text.trim_end_matches('=') != bare) {
        assert!(verifier.verify_at(bad, NOW).await.is_err(), "{bad}");
    }
    assert!(verifier.verify_at(bare, NOW).await.is_ok());
}
