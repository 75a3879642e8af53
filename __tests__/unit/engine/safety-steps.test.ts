import { observed } from '../../support/resources.ts';
import { everything, foreign, guarded, ours, unmarked, type Case } from './guarding.ts';

describe('the rules for whole steps', () => {
  test.each<[string, Case]>([
    ['creating what does not exist', { action: 'create' }],
    ['nothing to do where nothing is', { action: 'none' }],
    ['nothing to do on what is ours', { action: 'none', live: ours }],
    ['updating what is ours', { action: 'update', live: ours }],
    [
      'adopting what is unmarked, with permission',
      { action: 'adopt', live: unmarked, allowances: { adoptExisting: true } }
    ],
    ['deleting a thing of ours that is to be absent', { action: 'delete', live: ours }],
    [
      'destroying what is ours, confirmed',
      { action: 'delete', live: ours, intent: 'destroy', allowances: { destroy: true } }
    ],
    [
      'destroying data that no snapshot keeps, with permission',
      {
        action: 'delete',
        live: { ...ours, losesData: true },
        intent: 'destroy',
        allowances: { destroy: true, skipFinalSnapshot: true }
      }
    ],
    [
      'updating what is protected against deletion',
      { action: 'update', live: { ...ours, isProtected: true, losesData: true } }
    ],
    [
      'deleting a thing on which only things of ours lean',
      { action: 'delete', live: ours, all: [ours, observed('database', {}, { dependsOn: ['server'] })] }
    ],
    [
      'deleting a thing on which nothing of somebody else leans',
      {
        action: 'delete',
        live: ours,
        all: [observed('other', {}, { dependsOn: ['elsewhere'], ownership: foreign.ownership })]
      }
    ],
    [
      'updating a thing on which something of somebody else leans',
      {
        action: 'update',
        live: ours,
        all: [observed('other', {}, { dependsOn: ['server'], ownership: foreign.ownership })]
      }
    ]
  ])('allow %s', (_, situation) => {
    const result = guarded(situation);
    expect(result.action).toBe(situation.action);
    expect(result).not.toHaveProperty('refusal');
    expect(result).not.toHaveProperty('intended');
  });

  test.each<[string, string, Case, RegExp]>([
    [
      'not-ours',
      'updating what is foreign',
      { action: 'update', live: foreign, allowances: everything },
      /belongs to acme\/billing, database orders/
    ],
    [
      'not-ours',
      'deleting what is foreign',
      { action: 'delete', live: foreign, allowances: everything },
      /belongs to acme\/billing/
    ],
    [
      'not-ours',
      'passing off what is foreign as ours because it is as asked',
      { action: 'none', live: foreign, allowances: everything },
      /belongs to/
    ],
    [
      'not-ours',
      'adopting without permission',
      { action: 'adopt', live: unmarked },
      /exists already and carries no ownership mark/
    ],
    [
      'not-ours',
      'deleting what is unmarked, whatever is permitted',
      { action: 'delete', live: unmarked, allowances: everything },
      /did not make it/
    ],
    [
      'deletion-protection',
      'deleting what is protected, whatever is permitted',
      { action: 'delete', live: { ...ours, isProtected: true }, allowances: everything },
      /protected against deletion/
    ],
    [
      'deletion-protection',
      'destroying what is protected',
      { action: 'delete', intent: 'destroy', live: { ...ours, isProtected: true }, allowances: everything },
      /protected/
    ],
    [
      'locked',
      'changing what a lock freezes',
      {
        action: 'update',
        live: ours,
        allowances: everything,
        all: [{ ...ours, frozen: { hint: 'Delete the lock.', lockType: 'lock' } }]
      },
      /A lock forbids every change of server orders/
    ],
    [
      'confirm-destroy',
      'destroying without confirmation',
      { action: 'delete', intent: 'destroy', live: ours },
      /not confirmed/
    ],
    [
      'final-snapshot',
      'losing data without permission',
      { action: 'delete', live: { ...ours, losesData: true } },
      /lose its data/
    ],
    [
      'not-ours',
      'taking something foreign with it',
      {
        action: 'delete',
        live: ours,
        allowances: everything,
        all: [ours, observed('db', {}, { title: 'database x', dependsOn: ['server'], ownership: foreign.ownership })]
      },
      /Others depend on .*: database x, which belongs to acme\/billing/
    ],
    [
      'not-ours',
      'taking several things of others with it',
      {
        action: 'delete',
        live: ours,
        allowances: everything,
        all: [
          ours,
          observed('db', {}, { title: 'database x', dependsOn: ['server'], ownership: foreign.ownership }),
          observed(
            'replica-of-others/r',
            {},
            { title: 'replica r', dependsOn: ['server'], ownership: unmarked.ownership }
          )
        ]
      },
      /database x, which belongs to acme\/billing.* and replica r, which carries no ownership mark/
    ],
    [
      'not-ours',
      'taking something unmarked with it',
      {
        action: 'delete',
        live: ours,
        allowances: everything,
        all: [ours, observed('db', {}, { title: 'database x', dependsOn: ['server'], ownership: unmarked.ownership })]
      },
      /Others depend on .*: database x, which carries no ownership mark/
    ]
  ])('%s refuses %s', (rule, _, situation, message) => {
    const result = guarded(situation);
    expect(result).toMatchObject({
      action: 'blocked',
      intended: situation.action,
      impact: 'blocked',
      refusal: { rule }
    });
    expect(result.refusal?.message).toMatch(message);
    expect(result.refusal?.hint).not.toBe('');
  });
});
