import type { Plan } from '../../src/engine/plan.ts';

/** A plan in which a cloud's words stand wherever a plan has room for them. */
export function planWith(foreign: string): Plan {
  return {
    schema: 1,
    intent: 'apply',
    target: {
      provider: 'aws',
      account: '123456789012',
      region: 'eu-west-1',
      name: 'orders',
      environment: '',
      repository: 'acme/shop'
    },
    verdict: 'changes',
    impact: 'online',
    counts: { create: 0, update: 1, delete: 0, adopt: 0, blocked: 0, unchanged: 0, unknown: 0 },
    steps: [
      {
        address: 'server',
        type: 'server',
        title: 'server orders',
        action: 'update',
        changes: [
          {
            field: 'tags.owner',
            input: 'tags',
            from: foreign,
            to: `${foreign}!`,
            shown: { from: foreign, to: foreign },
            impact: 'online'
          },
          { field: `parameters.${foreign}`, from: [foreign], to: [`${foreign}?`], impact: 'online' }
        ],
        unchanged: [],
        unknown: { multi_az: foreign },
        pending: { [foreign]: foreign },
        impact: 'online',
        dependsOn: [],
        concurrencyGroup: 'server'
      }
    ],
    notices: [{ code: 'not-checked', severity: 'danger', message: `Not checked: ${foreign}`, input: 'tags' }],
    digest: 'd'.repeat(64)
  };
}
