import { readFileSync } from 'node:fs';
import path from 'node:path';
import { asUnfinished, isUnfinished, ownership, parseMark, type Mark } from '../../../src/engine/ownership.ts';
import * as digitalocean from '../../../src/providers/digitalocean/api/tags.ts';
import * as gcp from '../../../src/providers/gcp/api/labels.ts';
import { markOf, markTags, type Tags } from '../../../src/providers/mark-tags.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';

/** A mark as the version before mark version 2 wrote it, in the spelling of each cloud. */
interface StoredMark {
  readonly what: string;
  readonly mark: Mark;
  /** AWS and Azure. */
  readonly tags: Tags;
  /** GCP. */
  readonly labels: Tags;
  readonly digitalocean: readonly string[];
  /** `local`, and the databases of pull requests. */
  readonly json: string;
}

const FIXTURE = path.join('__tests__', 'fixtures', 'mark-version-1', 'texts.json');
const stored = JSON.parse(readFileSync(FIXTURE, 'utf8')) as readonly StoredMark[];

/** GCP keeps the repository in lower case. */
const inLowerCase = (mark: Mark): Mark => ({ ...mark, repository: mark.repository.toLowerCase() });

describe('a mark of version 1', () => {
  const finished = stored.filter(({ tags }) => !('pgkeep:password' in tags));

  test.each(finished)('is read from what each cloud stored ($what)', ({ mark, tags, labels, json, ...other }) => {
    expect(markOf(tags)).toEqual(mark);
    expect(gcp.markOf(labels)).toEqual(inLowerCase(mark));
    expect(digitalocean.markOf(other.digitalocean)).toEqual(mark);
    expect(parseMark(json)).toEqual(mark);
  });

  test.each(finished)('is written as it was ($what)', ({ mark, tags, labels, json, ...other }) => {
    expect(markTags(mark)).toEqual(tags);
    expect(gcp.markLabels(mark)).toEqual(labels);
    expect(digitalocean.markTags(mark)).toEqual(other.digitalocean);
    expect(JSON.stringify(mark)).toBe(json);
  });
});

describe('a server that an earlier version began and did not finish', () => {
  const begun = stored.filter(({ tags }) => 'pgkeep:password' in tags);
  const TARGET = { provider: 'aws', account: '1', region: 'r', name: 'orders', environment: '' };

  test.each(begun)('is known by what each cloud stored ($what)', ({ mark, tags, labels }) => {
    const target = { ...TARGET, repository: mark.repository };
    expect(ownership(markOf(tags), target)).toEqual({ kind: 'ours', mark: asUnfinished(mark) });
    expect(ownership(gcp.markOf(labels), target)).toEqual({ kind: 'ours', mark: asUnfinished(inLowerCase(mark)) });
    expect(isUnfinished(ownership(markOf(tags), target))).toBe(true);
    expect(isUnfinished(ownership(markOf(tags), { ...target, name: 'other' }))).toBe(false);
    expect(isUnfinished(ownership(mark, target))).toBe(false);
  });

  test.each(begun)('is marked in the same words today ($what)', ({ mark, tags, labels }) => {
    expect(markTags(asUnfinished(mark))).toEqual(tags);
    expect(gcp.markLabels(asUnfinished(mark))).toEqual(labels);
  });

  test('is not taken over from another workflow', async () => {
    const cloud = await startGcp();
    await (await gcpRun(cloud, { ...basic(), environment: 'production' })).apply();
    const { settings } = cloud.instance('orders').json as { settings: { userLabels: Record<string, string> } };
    settings.userLabels['pgkeep-unfinished'] = 'yes';
    const { plan } = await (await gcpRun(cloud, basic())).plan();
    await cloud.stop();
    expect(plan.verdict).toBe('blocked');
  });
});
