import type { Observed } from '../../../engine/resource.ts';
import { ignoring } from '../../failures.ts';
import { combineFindings, NO_FINDINGS, noticeOn, problemWith, type Findings } from '../../findings.ts';
import { SECURITY_GROUP } from '../addresses.ts';
import type { AwsContext } from '../context.ts';
import type { DatabaseInput } from '../../../spec/catalogue.ts';
import { wants } from '../desired/parts.ts';
import {
  addCounts,
  countRules,
  MOST_RULES,
  portOf,
  wantedRules,
  type RuleCounts
} from '../resources/security-rules.ts';

/** The permission to read a quota of the account. */
export const READ_QUOTA = 'servicequotas:GetServiceQuota';

/** "Inbound or outbound rules per security group": Service Quotas has it as a number for IPv4 and IPv6 each. */
const RULES_PER_GROUP = { ServiceCode: 'vpc', QuotaCode: 'L-0EA8095F' } as const;

/**
 * More rules than the account's quota allows are refused. The quota is asked for where the rules are more than EC2's
 * default, and told where it can't be read.
 * https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
 */
export async function ruleQuota(context: AwsContext, observed: readonly Observed[]): Promise<Findings> {
  const { settings } = context;
  if (!wants('security-group', settings)) return NO_FINDINGS;
  const group = observed.find(({ address }) => address === SECURITY_GROUP);
  const others = (group?.facts['otherCounts'] ?? {}) as RuleCounts;
  const rules = wantedRules(settings, portOf(settings, undefined));
  const after = addCounts(others, countRules(rules));
  const many = Object.entries(after).filter(([, count]) => count > MOST_RULES.usual);
  if (many.length === 0) return NO_FINDINGS;
  const quota = many.some(([, count]) => count <= MOST_RULES.ever) ? await quotaOf(context) : undefined;
  const most = Math.min(quota ?? MOST_RULES.ever, MOST_RULES.ever);
  return combineFindings(
    many.flatMap(([what, count]) => {
      const input = mostAskedBy(rules, what);
      if (count > most) {
        const why = `leads to ${count} ${what} rules in the security group`;
        const higher =
          most < MOST_RULES.ever ? ' or ask for a higher quota (Inbound or outbound rules per security group)' : '';
        return [problemWith(context, input, why, `at most ${most}: join networks${higher}`)];
      }
      if (quota !== undefined) return [];
      const message =
        `The security group would have ${count} ${what} rules, and EC2 allows ${MOST_RULES.usual} by default. ` +
        `The account's own quota could not be read (\`${READ_QUOTA}\`).`;
      return [noticeOn(input, 'rule-quota', message)];
    })
  );
}

/** The input that asks for the most of such rules. Those of others alone are in the group that one asks for. */
function mostAskedBy(rules: ReturnType<typeof wantedRules>, what: string): DatabaseInput {
  const asked = rules.filter(rule => what in countRules([rule])).map(({ input }) => input);
  const times = (input: string): number => asked.filter(one => one === input).length;
  return [...new Set(asked)].toSorted((a, b) => times(b) - times(a))[0] ?? 'create_security_group';
}

/** `undefined` where the quota may not be read, or gets no answer: EC2 decides. */
async function quotaOf({ aws }: AwsContext): Promise<number | undefined> {
  const call = { service: 'servicequotas', target: 'ServiceQuotasV20190624.GetServiceQuota', input: RULES_PER_GROUP };
  const answer = await ignoring(
    ['denied', 'transient', 'throttled', 'not-found'],
    aws.signed<{ readonly Quota?: { readonly Value?: number } }>('GetServiceQuota', call)
  );
  return answer?.Quota?.Value;
}
