import { textOf } from '../../../engine/value.ts';
import type { Observed } from '../../../engine/resource.ts';
import { SECURITY_GROUP } from '../addresses.ts';
import { pages } from '../api/pages.ts';
import { fromList, markKeys, markOf, ownershipOf } from '../api/tags.ts';
import type { AwsContext } from '../context.ts';

/** Takes the mark off the rules of our security group: each rule carries its own. */
export async function releaseRules(context: AwsContext, observed: readonly Observed[]): Promise<void> {
  const group = observed.find(({ address, ownership }) => address === SECURITY_GROUP && ownership.kind === 'ours');
  if (group === undefined) return;
  const Filters = [{ Name: 'group-id', Values: [textOf(group.facts['id'])] }];
  const rules = await pages(
    async place => context.call('ec2', 'DescribeSecurityGroupRules', { Filters, ...place }),
    page => page.SecurityGroupRules
  );
  for (const { SecurityGroupRuleId: id, Tags } of rules) {
    const mark = markOf(fromList(Tags));
    if (id === undefined || mark === undefined || ownershipOf(fromList(Tags), context.target).kind !== 'ours') continue;
    await context.call('ec2', 'DeleteTags', { Resources: [id], Tags: markKeys(mark).map(Key => ({ Key })) });
  }
}
