import { textOf, type Value } from '../../../engine/value.ts';

/** The resources of one node of a size. */
interface Slug {
  readonly vcpus: number;
  readonly memoryGib: number;
}

/** Classes of AWS with the nearest size of DigitalOcean. */
const CLASSES: readonly (readonly [RegExp, string])[] = [
  [/^db\.t\d\w*\.micro$/, 'db-s-1vcpu-1gb'],
  [/^db\.t\d\w*\.small$/, 'db-s-1vcpu-2gb'],
  [/^db\.t\d\w*\.medium$/, 'db-s-2vcpu-4gb'],
  [/^db\.t\d\w*\.large$/, 'db-amd-2vcpu-8gb'],
  [/^db\.t\d\w*\.xlarge$/, 'db-amd-4vcpu-16gb'],
  [/^db\.t\d\w*\.2xlarge$/, 'db-s-8vcpu-32gb'],
  [/^db\.m\d\w*\.large$/, 'gd-2vcpu-8gb'],
  [/^db\.m\d\w*\.xlarge$/, 'gd-4vcpu-16gb'],
  [/^db\.m\d\w*\.2xlarge$/, 'gd-8vcpu-32gb'],
  [/^db\.r\d\w*\.large$/, 'so1_5-2vcpu-16gb'],
  [/^db\.r\d\w*\.xlarge$/, 'so1_5-4vcpu-32gb'],
  [/^db\.r\d\w*\.2xlarge$/, 'so1_5-8vcpu-64gb']
];

/** The slug that an `instance_class` asks for; `undefined` for a class of AWS without a counterpart. */
export function slugOf(given: string): string | undefined {
  const name = given.toLowerCase();
  return name.startsWith('db.') ? CLASSES.find(([pattern]) => pattern.test(name))?.[1] : name;
}

/** The resources that a slug names; `undefined` for a slug of another pattern. */
export function slugParts(slug: string): Slug | undefined {
  const [, vcpus, memory] = /-(\d+)vcpu-(\d+)gb/.exec(slug) ?? [];
  return vcpus === undefined || memory === undefined ? undefined : { vcpus: Number(vcpus), memoryGib: Number(memory) };
}

/** Above 0 where the change makes the nodes larger, below 0 where it makes them smaller. */
export function sizeStep(from: Value, to: Value): number {
  const [before, after] = [slugParts(textOf(from)), slugParts(textOf(to))];
  if (before === undefined || after === undefined) return 0;
  if (isDownsizing(textOf(from), textOf(to))) return -1;
  return after.memoryGib > before.memoryGib || after.vcpus > before.vcpus ? 1 : 0;
}

/** Whether the change makes the nodes smaller, which DigitalOcean does not do. */
export function isDownsizing(from: string, to: string): boolean {
  const [before, after] = [slugParts(from), slugParts(to)];
  if (before === undefined || after === undefined) return false;
  return after.memoryGib < before.memoryGib || after.vcpus < before.vcpus;
}
