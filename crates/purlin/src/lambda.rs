//! AWS Lambda: functions, imported.
