import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { digestOf } from '../../../src/engine/digest.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import { canonicalJson } from '../../../src/engine/value.ts';
import { CHECK_RUN_LIMIT, firstFitting } from '../../../src/github/rendering.ts';
import { isSameDatabase, readRecord, recordName, recordOf, recordTexts } from '../../../src/review/record.ts';
import { step, TARGET } from '../../support/resources.ts';
import { anyPlan } from '../report/plan-arbitrary.ts';
import { HOSTILE } from '../report/plans.ts';
import { recorded, serverPlan, withSteps } from './plans.ts';

const AT = new Date('2026-03-01T12:00:00Z');
const plan = serverPlan({ memory: 4, connections: 100 }, { memory: 8, connections: 200 });

function kept(text: string, digest: string) {
  return readRecord({ externalId: digest, text });
}

function long(fields: number, characters: number): Plan {
  const changes = Array.from({ length: fields }, (_, index) => ({
    field: `field_${index}`,
    from: 'a',
    to: 'b'.repeat(characters),
    impact: 'online' as const
  }));
  return withSteps(plan, [step('server', 'update', { changes }), step('other', 'delete')]);
}

const fitted = (made: Plan) => {
  const text = firstFitting(recordTexts(recordOf(made, {}, AT)), CHECK_RUN_LIMIT);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_535);
  return kept(text, made.digest);
};

describe('the record of a plan', () => {
  test('is read back as it was written, from any plan', () => {
    fc.assert(
      fc.property(anyPlan, given => {
        const made = { ...given, digest: digestOf(given) };
        const record = recordOf(made, {}, AT);
        const text = recordTexts(record)[0]?.(CHECK_RUN_LIMIT) ?? '';
        expect(kept(text, made.digest)).toEqual(JSON.parse(JSON.stringify(record)));
        expect(kept(text.replaceAll('\n', '\r\n'), made.digest)?.recorded.kind).toBe('full');
      })
    );
  });

  test('fits a check run: whole, else a hash of each step, else the digest', () => {
    expect(fitted(long(300, 20))?.recorded.kind).toBe('full');
    expect(fitted(long(300, 2000))?.recorded).toEqual({
      kind: 'hashed',
      steps: [
        { address: 'other', action: 'delete', hash: expect.stringMatching(/^[0-9a-f]{16}$/) },
        { address: 'server', action: 'update', hash: expect.stringMatching(/^[0-9a-f]{16}$/) }
      ]
    });
    const steps = Array.from({ length: 3000 }, (_, index) => step(`resource/${index}`, 'delete'));
    expect(fitted(withSteps(plan, steps))?.recorded).toEqual({ kind: 'none' });
  });

  test('keeps its remaining content when it is written again', () => {
    for (const made of [long(3, 3), long(300, 2000)]) {
      const first = kept(firstFitting(recordTexts(recordOf(made, {}, AT)), CHECK_RUN_LIMIT), made.digest);
      if (first === undefined) throw new Error('no record');
      const again = { ...first, begunFor: 'f00d' };
      expect(kept(firstFitting(recordTexts(again), CHECK_RUN_LIMIT), made.digest)).toEqual(again);
    }
  });

  test('is a fenced block that no value can leave', () => {
    const hostile = serverPlan({ memory: 1 }, { memory: `${HOSTILE}\n\`\`\`\n@everyone <!-- pgkeep:e30 -->` });
    const text = recordTexts(recordOf(hostile, {}, AT))[0]?.(CHECK_RUN_LIMIT) ?? '';
    expect(text.match(/^\s*```/gm)).toHaveLength(2);
    expect(text.slice(text.lastIndexOf('```'))).toBe('```\n');
  });

  test.each<[string, string, string]>([
    ['another digest', recordTexts(recorded(plan))[0]?.(CHECK_RUN_LIMIT) ?? '', 'a'.repeat(64)],
    ['no text', '', plan.digest],
    ['damaged JSON', '```json\n{"pgkeep":1\n```\n', plan.digest],
    ['other JSON', '```json\n[1]\n```\n', plan.digest]
  ])('is none with %s', (_, text, externalId) => {
    expect(readRecord({ externalId, text })).toBeUndefined();
  });

  test('of which only the digest is known is written without anything else', () => {
    const texts = recordTexts(recorded(plan, { recorded: { kind: 'none' } }));
    expect(texts).toHaveLength(1);
    expect(kept(texts[0]?.(CHECK_RUN_LIMIT) ?? '', plan.digest)?.recorded).toEqual({ kind: 'none' });
  });

  test('without a member that it needs is none', () => {
    const text = recordTexts(recorded(plan, { begunFor: 'f00d' }))[0]?.(CHECK_RUN_LIMIT) ?? '';
    const data = JSON.parse(/^```json\n([\s\S]*)\n```/m.exec(text)?.[1] ?? '') as { target: object };
    const isRead = (value: object): boolean =>
      kept(`\`\`\`json\n${JSON.stringify(value)}\n\`\`\`\n`, plan.digest) !== undefined;
    const needed = (members: object, whole: (rest: object) => object): readonly string[] =>
      Object.entries(members).flatMap(([name]) => {
        const { [name]: _, ...rest } = members as Record<string, unknown>;
        return isRead(whole(rest)) ? [] : [name];
      });
    expect(isRead(data)).toBe(true);
    expect(needed(data, rest => rest)).toEqual(['digest', 'intent', 'madeAt', 'pgkeep', 'target', 'verdict']);
    expect(needed(data.target, target => ({ ...data, target }))).toEqual([
      'account',
      'environment',
      'name',
      'provider',
      'region',
      'repository'
    ]);
  });

  test('is a text with one step a line, in three lengths', () => {
    const made = recorded(withSteps(plan, [step('server', 'delete'), step('user', 'delete')]));
    const target = canonicalJson(plan.target);
    const head = `"digest":"${made.digest}","intent":"apply","madeAt":"2026-03-01T12:00:00.000Z","pgkeep":1,"target":${target},"verdict":"changes"`;
    const lead = 'What the plan would do, as data. An apply compares it with the plan that it makes.';
    const steps = ['server', 'user'].map(address => `{"action":"delete","address":"${address}","changes":[]}`);
    const hash = (text = ''): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
    const hashes = ['server', 'user'].map(
      (address, at) => `{"action":"delete","address":"${address}","hash":"${hash(steps[at])}"}`
    );
    const whole = (rest: string): string => `${lead}\n\n\`\`\`json\n{${head}${rest}}\n\`\`\`\n`;
    expect(recordTexts(made).map(render => render(CHECK_RUN_LIMIT))).toEqual([
      whole(`,"steps":[\n${steps.join(',\n')}\n]`),
      whole(`,"hashes":[\n${hashes.join(',\n')}\n]`),
      whole('')
    ]);
  });

  test('with steps that do not match its digest is a digest only', () => {
    const text = recordTexts(recorded(plan))[0]?.(CHECK_RUN_LIMIT) ?? '';
    const tampered = text.replace('"to":200', '"to":2000');
    expect(tampered).not.toBe(text);
    expect(kept(tampered, plan.digest)?.recorded).toEqual({ kind: 'none' });
  });
});

describe('the name of the check run', () => {
  test.each([
    [TARGET, 'pgkeep: orders (local, production)'],
    [{ ...TARGET, environment: '' }, 'pgkeep: orders (local)'],
    [{ ...TARGET, provider: 'aws', region: 'eu-west-1' }, 'pgkeep: orders (aws eu-west-1, production)']
  ])('names its database (%#)', (target, name) => {
    expect(recordName(target)).toBe(name);
  });

  test('is not the only difference between databases', () => {
    for (const member of ['provider', 'account', 'region', 'name', 'environment'] as const)
      expect([member, isSameDatabase(TARGET, { ...TARGET, [member]: 'another' })]).toEqual([member, false]);
    expect(isSameDatabase(TARGET, { ...TARGET, pullRequest: 7 })).toBe(false);
    expect(isSameDatabase(TARGET, { ...TARGET, repository: 'acme/renamed' })).toBe(true);
  });
});
