import { otherOwner } from '../../../src/engine/other-owner.ts';
import { observed, planned, plannedDestroy } from '../../support/resources.ts';

const LET_GO =
  'Let it forget the server first (docs/coming-from-terraform.md): its next apply would remove the ownership mark again.';
const unmarked = { ownership: { kind: 'unmarked' } } as const;
const messages = (all: Parameters<typeof otherOwner>[0]): readonly string[] =>
  otherOwner(all).map(({ code, severity, message }) => `${code} ${severity} ${message}`);

test('a server whose mark was removed is told by what still carries it', () => {
  const all = [observed('server', {}, unmarked), observed('security-group')];
  const removed =
    'mark-removed danger thing server carries no ownership mark, and thing security-group still does: something removed the mark. ' +
    `A tool that still manages the server, such as Terraform, does that with each apply. ${LET_GO}`;
  expect(messages(all)).toEqual([removed]);
  expect(planned({ observed: all }).notices.map(({ code }) => code)).toEqual(['mark-removed']);
  expect(plannedDestroy({ observed: all }).notices).toEqual([]);
});

test.each([
  ['tags.Terraform', 'true', 'Terraform or OpenTofu'],
  ['tags.ManagedBy', 'terraform', 'Terraform or OpenTofu'],
  ['tags.goog-terraform-provisioned', 'true', 'Terraform or OpenTofu'],
  ['tags.tofu', '1', 'Terraform or OpenTofu'],
  ['tags.pulumi:project', 'shop', 'Pulumi'],
  ['tags.aws:cloudformation:stack-name', 'shop', 'CloudFormation'],
  ['tags.by', 'crossplane', 'Crossplane']
])('a live server with the tag %s: %s is told to have another owner', (tag, value, tool) => {
  expect(messages([observed('server', { [tag]: value }, unmarked)])).toEqual([
    `other-owner warning The tag ${tag.slice(5)} of thing server says that ${tool} manages it. ${LET_GO}`
  ]);
});

test.each([
  ['its own server', observed('server', { 'tags.Terraform': 'true' })],
  ['a server that is said to be free', observed('server', { 'tags.Terraform': 'false' }, unmarked)],
  ['a server that says no', observed('server', { 'tags.Terraform': 'no' }, unmarked)],
  ['a server whose field is not a tag', observed('server', { terraform: 'true' }, unmarked)],
  ['a server with tags of people', observed('server', { 'tags.team': 'web' }, unmarked)]
])('%s has no other owner', (_what, server) => {
  expect(otherOwner([server])).toEqual([]);
});
