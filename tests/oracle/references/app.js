// The CDK's templates for references between stacks, which `references.rs` compares Purlin's with. To record them again:
// `npm install aws-cdk-lib@2.276.0 constructs && node app.js > templates.json` in this folder.
const cdk = require('aws-cdk-lib');
const { Construct } = require('constructs');
const { CfnQueue } = require('aws-cdk-lib/aws-sqs');
const { CfnHostedZone, CfnRecordSet } = require('aws-cdk-lib/aws-route53');

function pair(app, producing, consuming, consume, produce, qualifier) {
  const one = new cdk.Stack(app, 'Prod', { env: producing });
  const two = new cdk.Stack(app, 'Cons', { env: consuming, synthesizer: new cdk.DefaultStackSynthesizer({ qualifier }) });
  const queue = new CfnQueue(new Construct(one, 'B'), 'Resource');
  const zone = new CfnHostedZone(one, 'Zone', { name: 'example.com' });
  const list = new cdk.CfnParameter(one, 'List', { type: 'CommaDelimitedList', default: 'a,b' });
  const number = new cdk.CfnParameter(one, 'Num', { type: 'Number', default: 5 });
  if (consume) cdk.CrossStackReferences.of(two).consume(consume);
  if (produce) cdk.CrossStackReferences.of(queue).produce(produce);
  const tags = [{ key: 'url', value: queue.ref }];
  new CfnQueue(two, 'Copy', { queueName: queue.attrArn, delaySeconds: number.valueAsNumber, tags });
  const record = (id, type, values) => new CfnRecordSet(two, id, { name: 'x.example.com', hostedZoneName: 'example.com.', type, resourceRecords: values });
  record('Ns', 'NS', zone.attrNameServers);
  record('Txt', 'TXT', list.valueAsList);
  record('One', 'TXT', [cdk.Fn.select(0, zone.attrNameServers), cdk.Fn.join('-', list.valueAsList)]);
}

const east = { account: '111122223333', region: 'us-east-1' };
const west = { account: '111122223333', region: 'eu-west-1' };
const other = { account: '444455556666', region: 'eu-west-1' };
const { WEAK, BOTH } = cdk.ReferenceStrength;
const cases = {
  strong: app => pair(app),
  weak: app => pair(app, undefined, undefined, WEAK),
  both: app => pair(app, undefined, undefined, BOTH),
  produced: app => pair(app, undefined, undefined, undefined, WEAK),
  region: app => pair(app, east, west, WEAK),
  account: app => pair(app, east, other, WEAK),
  qualified: app => pair(app, east, other, WEAK, undefined, 'myqual'),
  exported: app => {
    const stack = new cdk.Stack(app, 'Prod');
    stack.exportValue(new CfnQueue(stack, 'Queue').attrArn);
    stack.exportStringListValue(new CfnHostedZone(stack, 'Zone', { name: 'example.com' }).attrNameServers);
  },
};
const found = {};
for (const [name, build] of Object.entries(cases)) {
  const app = new cdk.App({ context: { '@aws-cdk/core:validateAgainstDefaultRules': false } });
  build(app);
  found[name] = {};
  for (const { stackName, template } of app.synth().stacks) {
    for (const resource of Object.values(template.Resources)) delete resource.Metadata;
    found[name][stackName] = { Resources: template.Resources, Outputs: template.Outputs };
  }
}
console.log(JSON.stringify(found, undefined, 1));
