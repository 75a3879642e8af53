import * as fc from 'fast-check';
import type { Plan } from '../../../src/engine/plan.ts';
import { HOSTILE, TARGET } from './plans.ts';
import { anyCharacter } from '../../support/any-text.ts';

const word = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 40 }),
  fc.constant(HOSTILE),
  fc.string({ maxLength: 12 })
);
const plain = fc.jsonValue({ maxDepth: 2 });
const value = fc.oneof(
  plain,
  fc.record({ $ref: fc.constant('server'), fact: word }),
  fc.record({ $secret: fc.constant('master_password') })
);
const impact = fc.constantFrom('online', 'deferred', 'failover', 'restart', 'blocked');
const refusal = fc.record({ rule: word, message: word, hint: word });
const action = fc.constantFrom('create', 'update', 'delete', 'adopt', 'none', 'blocked');
const count = fc.nat({ max: 500 });

const change = fc.record(
  {
    field: word,
    input: word,
    isDefault: fc.constant(true as const),
    from: value,
    to: value,
    shown: fc.record({ from: word, to: word }, { requiredKeys: [] }),
    impact,
    withdraws: fc.constant(true as const),
    refusal
  },
  { requiredKeys: ['field', 'to', 'impact'] }
);

const step = fc.record(
  {
    address: word,
    type: word,
    title: word,
    action,
    intended: fc.constantFrom('create', 'update', 'delete', 'adopt', 'none'),
    changes: fc.array(change, { maxLength: 4 }),
    unchanged: fc.array(word, { maxLength: 3 }),
    unknown: fc.dictionary(word, word, { maxKeys: 2 }),
    pending: fc.dictionary(word, plain, { maxKeys: 2 }),
    impact,
    refusal,
    dependsOn: fc.array(word, { maxLength: 2 }),
    concurrencyGroup: word
  },
  {
    requiredKeys: [
      'address',
      'type',
      'title',
      'action',
      'changes',
      'unchanged',
      'unknown',
      'pending',
      'impact',
      'dependsOn',
      'concurrencyGroup'
    ]
  }
);

/** Plans of every shape that the types allow, sensible or not, full of hostile text. */
export const anyPlan = fc.record(
  {
    schema: fc.constant(1 as const),
    intent: fc.constantFrom('apply', 'destroy'),
    target: fc.record({ name: word, environment: word, region: word }).map(target => ({ ...TARGET, ...target })),
    verdict: fc.constantFrom('no-changes', 'changes', 'blocked'),
    impact,
    counts: fc.record({
      create: count,
      update: count,
      delete: count,
      adopt: count,
      blocked: count,
      unchanged: count,
      unknown: count
    }),
    steps: fc.array(step, { maxLength: 5 }),
    notices: fc.array(
      fc.record(
        { code: word, severity: fc.constantFrom('info', 'warning', 'danger'), message: word, input: word },
        { requiredKeys: ['code', 'severity', 'message'] }
      ),
      { maxLength: 3 }
    ),
    digest: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: 64, maxLength: 64 }),
    lastApplied: fc.constant({ version: 1 as const, repository: 'acme/shop', name: 'orders', environment: '' })
  },
  { requiredKeys: ['schema', 'intent', 'target', 'verdict', 'impact', 'counts', 'steps', 'notices', 'digest'] }
) as fc.Arbitrary<Plan>;
