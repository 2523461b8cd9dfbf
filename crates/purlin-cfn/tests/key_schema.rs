//! Properties that AWS documents as a list and takes as free-form JSON: both compile, and give the same template.
#![cfg(feature = "dynamodb")]

use purlin_cfn::dynamodb::{CfnTable, TableKeySchema};
use purlin_construct::{CfnType, IntoValue, Json, Value};
use serde_json::json;

#[test]
fn the_key_schema_of_a_table_is_a_typed_list_or_json() {
    let text = || json!([{"AttributeName": "id", "KeyType": "HASH"}]);
    let key = || TableKeySchema::new("id", "HASH");
    let list: Value<Vec<TableKeySchema>> = [key()].into_value();
    let raw: Value<Json> = text().into_value();
    let listed: Value<Json> = [key()].into_value();
    let tables = [
        CfnTable::new([key()]),
        CfnTable::new(vec![key()]),
        CfnTable::new(list),
        CfnTable::new(raw),
        CfnTable::new(listed),
        CfnTable::new(text()),
        CfnTable::new([key()]).key_schema(text()),
    ];
    for table in tables {
        let expect = purlin_construct::Expr::from(text());
        assert_eq!(table.into_props().get("KeySchema"), Some(&expect));
    }
}
