//! Amazon Route 53: hosted zones and records.
//!
//! ```
//! # use purlin::{App, Stack};
//! use purlin::route53::{ARecord, HostedZone, RecordTarget};
//!
//! # let app = App::new();
//! # let stack = app.add("Web", Stack::props());
//! let zone = HostedZone::from_attributes(&stack, "Zone", "Z0123456789ABC", "example.com");
//! let target = RecordTarget::ip_addresses(["192.0.2.10"]);
//! let record = stack.add("Record", ARecord::props(&zone, target).record_name("app"));
//! # assert!(app.synth().is_ok());
//! ```

pub(crate) mod domain_name;
mod record;
mod routing;
mod target;
mod zone;

pub use record::{
    ARecord, AaaaRecord, CaaRecord, CaaTag, CnameRecord, MxRecord, NsRecord, RecordProps, RecordSet, TxtRecord,
};
pub use routing::{Continent, Failover, GeoLocation, Routing};
pub use target::{AliasTarget, RecordTarget};
pub use zone::{HostedZone, HostedZoneProps};
