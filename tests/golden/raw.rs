//! Stacks of raw resources: the parts of a template that no construct adds on its own.

use purlin::cfn::logs::CfnLogGroup;
use purlin::cfn::ssm::{CfnParameter as CfnSsmParameter, ParameterType};
use purlin::testing::problems;
use purlin::{CfnOutput, CfnParameter, sub};

use super::check;

#[test]
fn parameters_references_and_outputs() {
    check("parameters_references_and_outputs", |stack| {
        let stage = stack.add("Stage", CfnParameter::string().default("test"));
        let logs = stack.add("Logs", CfnLogGroup::new().log_group_name(sub!("/app/{}", stage.value())));
        let arn = logs.att(CfnLogGroup::ATTR_ARN);
        let text = sub!("no: {}\nyes: {}", &arn, stage.value());
        stack.add("Note", CfnSsmParameter::new(ParameterType::STRING, text));
        stack.add("LogsArn", CfnOutput::new(arn));
    });
}

#[test]
fn cdk_31_a_stack_with_too_many_resources_is_a_problem() {
    let found = |count: usize| {
        problems(move |stack| {
            for index in 0..count {
                stack.add(format!("Logs{index}"), CfnLogGroup::new());
            }
        })
    };
    assert_eq!(found(500), []);
    let [problem] = &found(501)[..] else { panic!("one problem was expected") };
    assert_eq!(problem.message, "the stack has 501 resources, CloudFormation allows 500");
    assert!(problem.hint.contains("another stack"), "{problem}");
}
