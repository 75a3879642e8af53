import type { KMS } from '@aws-sdk/client-kms';
import type { Actions, AnyActions } from './actions.ts';
import { AwsFault } from './fault.ts';
import { page } from './pages.ts';
import type { Region } from './state.ts';

const actions: Actions<KMS> = {
  DescribeKey: (input, { region }) => {
    const metadata = findKey(region, input.KeyId ?? '');
    if (metadata !== undefined) return { KeyMetadata: metadata };
    throw new AwsFault('NotFoundException', `Key '${input.KeyId}' does not exist`);
  },
  ListAliases: (input, { region, cloud }) => {
    const all = [...region.keyAliases].map(([name, id]) => ({
      AliasName: name,
      AliasArn: `arn:aws:kms:${region.name}:${cloud.accountId}:${name}`,
      TargetKeyId: id
    }));
    const { items, next } = page(all, cloud.pageSize, input.Limit, input.Marker);
    return { Aliases: [...items], Truncated: next !== undefined, NextMarker: next };
  }
};

/** Key Management Service: keys are found by id, ARN, alias or ARN of an alias. */
export const kms: AnyActions = actions;

/** The key of that region, or `undefined`: a key of another region is none here. */
export function findKey(region: Region, given: string): ReturnType<Region['keys']['get']> {
  const arn = /^arn:aws:kms:([^:]+):\d{12}:(?:key\/)?(.+)$/.exec(given);
  if (arn !== null && arn[1] !== region.name) return undefined;
  const name = arn?.[2] ?? given;
  return region.keys.get(region.keyAliases.get(name) ?? name);
}
