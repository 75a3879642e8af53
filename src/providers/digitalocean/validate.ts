import type { Notice } from '../../engine/plan.ts';
import type { Problem } from '../../spec/problem.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Validation } from '../provider.ts';
import { clashes, cleanTags } from './digitalocean-tags.ts';
import { slugOf } from './sizes.ts';

const MOST_SOURCES = 100;

/** DigitalOcean's own limits, as far as the inputs alone show them. */
export function validate(spec: Spec): Validation {
  return { problems: problemsOf(spec), notices: mapped(spec) };
}

function problemsOf({ name, settings }: Spec): readonly Problem[] {
  const problems: Problem[] = [];
  const { allowed_cidr_blocks: networks, instance_class: size } = settings;
  if (name.length < 3 || name.length > 63 || name.endsWith('-')) {
    problems.push({ input: 'name', value: name, why: 'is no name of a cluster', allowed: '3–63 characters' });
  }
  if (size !== undefined && slugOf(size) === undefined) {
    problems.push({
      input: 'instance_class',
      value: size,
      why: 'has no equal on DigitalOcean',
      allowed: 'a size such as `db-s-2vcpu-4gb`'
    });
  }
  if (size !== undefined && slugOf(size) === 'db-s-1vcpu-1gb' && settings.multi_az === true) {
    problems.push({ input: 'multi_az', value: 'true', why: 'needs a larger size than `db-s-1vcpu-1gb`' });
  }
  if (networks?.length === 0 && settings.publicly_accessible !== true) {
    problems.push({
      input: 'allowed_cidr_blocks',
      value: '[]',
      why: 'would open the database to the world: without trusted sources everybody may connect',
      allowed: 'one network at least, or `publicly_accessible: true`'
    });
  }
  const strange = networks?.find(one => one.includes(':'));
  if (strange !== undefined) {
    problems.push({ input: 'allowed_cidr_blocks', value: strange, why: 'is no IPv4 network' });
  }
  if ((networks?.length ?? 0) > MOST_SOURCES) {
    problems.push({ input: 'allowed_cidr_blocks', why: 'are too many', allowed: `at most ${MOST_SOURCES}` });
  }
  if (settings.storage_encrypted === false) {
    problems.push({ input: 'storage_encrypted', value: 'false', why: 'is not to be had: storage is always encrypted' });
  }
  for (const key of clashes(settings.tags ?? {})) {
    problems.push({ input: 'tags', value: key, why: 'is another tag, or one of ours, once it is in lower case' });
  }
  return problems;
}

function mapped({ settings }: Spec): readonly Notice[] {
  const notices: Notice[] = [];
  const say = (input: string, message: string): void => {
    notices.push({ code: 'value-mapped', severity: 'info', input, message });
  };
  const { instance_class: size, tags = {} } = settings;
  const slug = size === undefined ? undefined : slugOf(size);
  if (size !== undefined && slug !== undefined && slug !== size)
    say('instance_class', `\`${size}\` is \`${slug}\` here`);
  const clean = cleanTags(tags);
  if (Object.entries(tags).some(([key, value]) => clean[key] !== value)) {
    say('tags', 'Tags are kept in lower case, with `-` for what DigitalOcean does not allow in them');
  }
  if (settings.publicly_accessible === true && (settings.allowed_cidr_blocks ?? []).length === 0) {
    notices.push({
      code: 'public-exposure',
      severity: 'danger',
      input: 'publicly_accessible',
      message: 'The database has no trusted sources: everybody on the internet may try to connect'
    });
  }
  return notices;
}
