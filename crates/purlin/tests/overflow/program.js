// Writes cdk.json: what the CDK makes of the program in ../overflow.rs.
//
//   npm install aws-cdk-lib@2.276.0 && node program.js > cdk.json
const cdk = require("aws-cdk-lib");
const iam = require("aws-cdk-lib/aws-iam");
const sqs = require("aws-cdk-lib/aws-sqs");
const flags = require("aws-cdk-lib/recommended-feature-flags.json");
const app = new cdk.App({ context: flags, analyticsReporting: false });
const role = (id) => {
  const stack = new cdk.Stack(app, id, { synthesizer: new cdk.LegacyStackSynthesizer() });
  return [stack, new iam.Role(stack, "Role", { assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com") })];
};
const allow = (actions, resources, more) => new iam.PolicyStatement({ actions, resources, ...more });
const add = (r, s) => r.addToPolicy(s);
const arn = (i) => `arn:aws:s3:::some-bucket-with-a-long-name-${i}/folder/*`;
{ // one action on 300 resources: merged, then split
  const [, r] = role("Same");
  for (let i = 0; i < 300; i++) add(r, allow(["s3:GetObject"], [arn(i)]));
}
{ // 200 different actions on different resources: split without merging
  const [, r] = role("Distinct");
  for (let i = 0; i < 200; i++) add(r, allow([`s3:Action${i}`], [arn(i)]));
}
{ // conditions and deny statements
  const [, r] = role("Mixed");
  for (let i = 0; i < 140; i++) {
    add(r, allow(["sqs:SendMessage", `sqs:Act${i % 3}`], [arn(i)], {
      conditions: { StringEquals: { "aws:PrincipalTag/team": `team-${i % 2}` } },
    }));
    add(r, new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: ["sqs:*"], resources: [arn(i % 10)] }));
    if (i % 10 == 0) add(r, allow(["ec2:Describe*"], ["*"], { sid: `Sid${i}` }));
    if (i % 15 == 0) add(r, new iam.PolicyStatement({ notActions: ["iam:*"], resources: [arn(i)] }));
  }
}
{ // one statement estimated to be larger than both limits
  const [stack, r] = role("Huge");
  add(r, allow(["sqs:SendMessage"], Array.from({ length: 70 }, (_, i) => new sqs.CfnQueue(stack, `Queue${i}`).attrArn)));
  add(r, allow(["s3:ListBucket"], ["arn:aws:s3:::small"]));
}
{ // what is merged fits: no overflow
  const [, r] = role("Merged");
  for (let i = 0; i < 100; i++) add(r, allow([`s3:Operation${i}`, "s3:GetObject"], ["arn:aws:s3:::some-bucket-with-a-long-name"]));
}
{ // references
  const [stack, r] = role("References");
  for (let i = 0; i < 60; i++) {
    const queue = new sqs.CfnQueue(stack, `Queue${i}`);
    add(r, allow(["sqs:SendMessage"], [queue.attrArn]));
    add(r, allow(["sqs:ReceiveMessage"], [`${queue.attrArn}`, arn(i)]));
  }
}
const out = {};
for (const stack of app.synth().stacks) {
  const policies = Object.entries(stack.template.Resources).filter(([, resource]) => resource.Type.endsWith("Policy"));
  policies.forEach(([, resource]) => delete resource.Metadata);
  out[stack.stackName] = Object.fromEntries(policies);
}
console.log(JSON.stringify(out));
