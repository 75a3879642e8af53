import { otherOwner } from '../../../src/engine/other-owner.ts';
import { observed } from '../../support/resources.ts';

const unmarked = { ownership: { kind: 'unmarked' } } as const;
const messages = (all: Parameters<typeof otherOwner>[0]): readonly string[] =>
  otherOwner(all).map(({ code, severity, message }) => `${code} ${severity} ${message}`);

test('a server whose mark was removed is told by what still carries it', () => {
  expect(messages([observed('server', {}, unmarked), observed('security-group')])).toEqual([
    expect.stringMatching(
      /^mark-removed danger .*carries no ownership mark, and thing security-group still does: something removed/
    )
  ]);
});

test.each([
  ['tags.Terraform', 'true', 'Terraform or OpenTofu'],
  ['tags.ManagedBy', 'terraform', 'Terraform or OpenTofu'],
  ['tags.goog-terraform-provisioned', 'true', 'Terraform or OpenTofu'],
  ['tags.pulumi:project', 'shop', 'Pulumi']
])('a live server with the tag %s: %s is told to have another owner', (tag, value, tool) => {
  expect(messages([observed('server', { [tag]: value }, unmarked)])).toEqual([
    expect.stringMatching(new RegExp(`^other-owner warning The tag .* says that ${tool} manages it`))
  ]);
});

test.each([
  ['its own server', observed('server', { 'tags.Terraform': 'true' })],
  ['a server that is said to be free', observed('server', { 'tags.Terraform': 'false' }, unmarked)],
  ['a server that says no', observed('server', { 'tags.Terraform': 'no' }, unmarked)],
  ['a server with tags of people', observed('server', { 'tags.team': 'web' }, unmarked)]
])('%s has no other owner', (_what, server) => {
  expect(otherOwner([server])).toEqual([]);
});
