import type { Observed } from '../../../engine/resource.ts';
import { combineFindings, NO_FINDINGS, noticeOn, problemWith, type Findings } from '../../findings.ts';
import { SECURITY_GROUP } from '../addresses.ts';
import type { AwsContext } from '../context.ts';
import { wants } from '../desired/parts.ts';
import { addCounts, countRules, MOST_RULES, wantedRules, type RuleCounts } from '../resources/security-rules.ts';

/**
 * More rules than EC2's default quota allows are told: whether the account has a higher one, only Service Quotas knows.
 * More than any quota allows are refused.
 */
export function ruleQuota(context: AwsContext, observed: readonly Observed[]): Findings {
  const { settings } = context;
  if (!wants('security-group', settings)) return NO_FINDINGS;
  const group = observed.find(({ address }) => address === SECURITY_GROUP);
  const others = (group?.facts['otherCounts'] ?? {}) as RuleCounts;
  const after = addCounts(others, countRules(wantedRules(settings, settings.port ?? 5432)));
  const input = settings.allowed_cidr_blocks === undefined ? 'security_group_rules' : 'allowed_cidr_blocks';
  return combineFindings(
    Object.entries(after).flatMap(([what, count]) => {
      if (count > MOST_RULES.ever) {
        const why = `leads to ${count} ${what} rules in the security group`;
        return [problemWith(context, input, why, `at most ${MOST_RULES.ever}: join networks`)];
      }
      if (count <= MOST_RULES.usual) return [];
      const message =
        `The security group would have ${count} ${what} rules, and EC2 allows ${MOST_RULES.usual} by default. ` +
        'Ask for a higher quota (Inbound or outbound rules per security group), or join networks.';
      return [noticeOn(input, 'rule-quota', message)];
    })
  );
}
