import { digestOf } from '../../../src/engine/digest.ts';
import type { Plan, Step } from '../../../src/engine/plan.ts';
import type { FieldTable } from '../../../src/engine/resource.ts';
import { textOf } from '../../../src/engine/value.ts';
import { recordOf, type PlanRecord } from '../../../src/review/record.ts';
import { desired, observed, planned } from '../../support/resources.ts';

/** As settings of a server are: an order without meaning, units that people write, a restart. */
export const TABLE: FieldTable = {
  memory: { api: 'Memory', impact: 'online', show: value => `${textOf(value)}MB` },
  connections: { api: 'Connections', impact: 'restart' },
  groups: {
    api: 'Groups',
    impact: 'online',
    normalise: value => (Array.isArray(value) ? [...value].map(String).sort() : value)
  }
};
export const TABLES = { thing: TABLE };

type Fields = Parameters<typeof observed>[1];

/** The plan of a server whose live fields and wanted fields are these. */
export function serverPlan(live: Fields | undefined, wanted: Fields): Plan {
  return planned({
    table: TABLE,
    desired: [desired('server', wanted)],
    observed: live === undefined ? [] : [observed('server', live)]
  });
}

export function recorded(plan: Plan, more: Partial<PlanRecord> = {}): PlanRecord {
  return { ...recordOf(plan, TABLES, new Date('2026-03-01T12:00:00Z')), ...more };
}

/** The plan with other steps, and the digest that goes with them. */
export function withSteps(plan: Plan, steps: readonly Step[]): Plan {
  return { ...plan, steps, digest: digestOf({ ...plan, steps }) };
}
