import { combineFindings, NO_FINDINGS, problemWith, type Findings } from '../../findings.ts';
import type { AwsContext } from '../context.ts';

/** Whether the given keys exist and can encrypt. RDS refuses any other with `KMSKeyNotAccessibleFault`. */
export async function checkKeys(context: AwsContext): Promise<Findings> {
  const inputs = ['kms_key_id', 'performance_insights_kms_key_id'] as const;
  return combineFindings(await Promise.all(inputs.map(async input => checkKey(context, input))));
}

async function checkKey(
  context: AwsContext,
  input: 'kms_key_id' | 'performance_insights_kms_key_id'
): Promise<Findings> {
  const given = context.settings[input];
  const region = regionOfKey(given);
  if (given === undefined || (region !== undefined && region !== context.target.region)) return NO_FINDINGS;
  const key = await context.offerings.key(given);
  if (key === undefined) return NO_FINDINGS;
  if (key === 'missing') return problemWith(context, input, `does not exist in ${context.target.region}`);
  const { KeyState: state = 'Enabled', KeySpec: spec = 'SYMMETRIC_DEFAULT', KeyUsage: usage = 'ENCRYPT_DECRYPT' } = key;
  if (state !== 'Enabled') {
    return problemWith(context, input, `can't be used: its state is ${state}`, 'an enabled key');
  }
  return spec === 'SYMMETRIC_DEFAULT' && usage === 'ENCRYPT_DECRYPT'
    ? NO_FINDINGS
    : problemWith(context, input, `can't encrypt a database (${spec}, ${usage})`, 'a symmetric encryption key');
}

/** The region that the ARN of a key names. */
export function regionOfKey(key: string | undefined): string | undefined {
  return /^arn:[^:]+:kms:([^:]+):/.exec(key ?? '')?.[1];
}
