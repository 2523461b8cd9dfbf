//! What the macros of a template can do to it: AWS's own are known, others may change anything.

use crate::node::Spanned;
use crate::template::Template;

/// AWS's macros that change only the resources they define. `AWS::Include` is not one of them: it adds what a file has.
const KNOWN: [&str; 5] = [
    "AWS::CodeDeployBlueGreen",
    "AWS::LanguageExtensions",
    "AWS::SecretsManager-",
    "AWS::Serverless-2016-10-31",
    "AWS::ServiceCatalog",
];

/// Whether a macro of unknown effect runs over the whole template.
pub(crate) fn has_unknown(template: &Template) -> bool {
    template.document().get("Fn::Transform").is_some()
        || !names(template).iter().all(|name| name.as_str().is_some_and(is_known))
}

/// Whether it is a macro of AWS that changes only the resources it defines.
pub(crate) fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|known| name.starts_with(known))
}

/// Whether AWS's macro of that name runs over the template.
pub(crate) fn has(template: &Template, macro_name: &str) -> bool {
    names(template).iter().any(|name| name.as_str().is_some_and(|name| name.starts_with(macro_name)))
}

fn names(template: &Template) -> &[Spanned] {
    let transform = template.document().get("Transform");
    transform.map_or(&[], |it| it.as_sequence().unwrap_or(std::slice::from_ref(it)))
}
