import type { Parameter } from '@aws-sdk/client-rds';
import type { Notice } from '../../../engine/plan.ts';
import type { Problem } from '../../../spec/problem.ts';
import { isAllowed } from '../../allowed-values.ts';
import type { Findings } from '../../findings.ts';
import type { AwsContext } from '../context.ts';
import { orNotChecked } from '../../not-checked.ts';
import { sizeOfClass } from '../../../spec/sizes.ts';
import { asListed, canonical, rdsParameter } from '../api/parameters.ts';
import { majorOf } from '../live-state.ts';

interface Given {
  readonly asked: string;
  readonly name: string;
  readonly value: string;
}

/**
 * Compares the parameters with RDS's rules for them: unknown, fixed and impossible ones are refused before anything is
 * written.
 */
export async function checkParameters(context: AwsContext, family: string, instanceClass: string): Promise<Findings> {
  const major = majorOf(family.replace('postgres', ''));
  const problems: Problem[] = [];
  const given: Given[] = [];
  for (const [asked, text] of Object.entries(context.settings.parameters ?? {})) {
    const read = rdsParameter(asked, text, major);
    if (read.ok) given.push({ asked, name: read.name, value: read.value });
    else
      problems.push({
        input: 'parameters',
        value: `${asked}: ${text}`,
        why: read.problem
      });
  }
  if (given.length === 0) return { problems, notices: [] };
  const { answer: known, notices } = await orNotChecked(
    'whether RDS accepts the parameters',
    'rds:DescribeEngineDefaultParameters',
    context.offerings.parameterFacts(
      family,
      given.map(({ name }) => name)
    )
  );
  if (known === undefined) return { problems, notices: [...notices, ...memoryNotices(given, instanceClass)] };
  const facts = new Map(known.map(one => [one.ParameterName, one]));
  for (const one of given) problems.push(...problemsOf(one, facts.get(one.name), family, major));
  return { problems, notices: memoryNotices(given, instanceClass) };
}

function problemsOf(
  { asked, name, value }: Given,
  fact: Parameter | undefined,
  family: string,
  major: number
): readonly Problem[] {
  const shown = `${asked}: ${value}`;
  if (fact === undefined) return [{ input: 'parameters', value: shown, why: `is not a parameter of ${family} on RDS` }];
  if (fact.IsModifiable === false && canonical(name, fact.ParameterValue ?? '', major) !== value) {
    return [{ input: 'parameters', value: shown, why: `can't be set on RDS: ${name} is fixed` }];
  }
  const { AllowedValues: allowed } = fact;
  if (allowed !== undefined && !isAllowed(asListed(name, value, allowed, major), allowed, fact.DataType === 'list')) {
    return [{ input: 'parameters', value: shown, why: 'is not allowed by RDS', allowed }];
  }
  return [];
}

/** Pages of 8 kB in a GiB. */
const PAGES_PER_GIB = 131_072;

function memoryNotices(given: readonly Given[], instanceClass: string): readonly Notice[] {
  const memory = sizeOfClass(instanceClass)?.memoryGib;
  if (memory === undefined) return [];
  const gib = (name: string): number =>
    Number(given.find(one => one.name === name)?.value ?? Number.NaN) / PAGES_PER_GIB;
  const notices: Notice[] = [];
  const warn = (message: string): void => {
    notices.push({ code: 'risky-parameter', severity: 'warning', input: 'parameters', message });
  };
  if (gib('shared_buffers') > memory * 0.75) {
    warn(
      `\`shared_buffers\` is more than three quarters of the ${memory} GiB of ${instanceClass}: the server may not start.`
    );
  }
  if (gib('effective_cache_size') >= memory) {
    warn(
      `\`effective_cache_size\` is all of the ${memory} GiB of ${instanceClass}, or more: query plans will assume a cache that does not exist.`
    );
  }
  const connections = Number(given.find(one => one.name === 'max_connections')?.value ?? Number.NaN);
  if (connections > memory * 112) {
    warn(
      `\`max_connections\` of ${connections} is more than ${instanceClass} has memory for (about ${Math.floor(memory * 112)}).`
    );
  }
  return notices;
}
