import type { Notice } from '../engine/plan.ts';

/** Days that advice looks back. */
const USAGE_DAYS = 14;

const DAY = 86_400_000;

/** Bytes. */
export const GIB = 2 ** 30;

/** The moment from which on advice reads metrics. */
export function usageStart(now: Date): Date {
  return new Date(now.getTime() - USAGE_DAYS * DAY);
}

/** What a cloud measured of a server in the last `USAGE_DAYS`. A part that it does not measure is absent. */
export interface Usage {
  /** `server orders`. */
  readonly title: string;
  readonly size: string;
  /** Days that have figures. */
  readonly days: number;
  /** Percent of all vCPUs. */
  readonly cpu?: { readonly average: number; readonly maximum: number };
  /** Percent of the memory, at most. */
  readonly memory?: number;
  /** Open at once, at most. */
  readonly connections?: number;
  /** Those of them that may be the service's own. */
  readonly ownConnections: number;
  readonly writes?: Writes;
  readonly disk?: Disk;
}

export interface Writes {
  /** On the day with the most. */
  readonly most: number;
  /** So many may be the service's own. */
  readonly own: number;
  /** `writes a second`. */
  readonly unit: string;
}

/** Operations of the disk. The service writes too: heartbeats, checkpoints, its monitoring. */
export function diskWrites(daily: readonly number[]): Writes | undefined {
  const most = highest(daily);
  return most === undefined ? undefined : { most, own: 5, unit: 'writes a second' };
}

export interface Disk {
  /** Oldest first. */
  readonly used: readonly { readonly at: Date; readonly gib: number }[];
  /** How much it can hold, with what it grows to by itself. */
  readonly gib: number;
}

/** How a provider reads its metrics, or why it can't. */
export type UsageReader<C> =
  | { readonly can: true; read(context: C): Promise<Usage | undefined> }
  | { readonly can: false; readonly reason: string };

/** The advice of a provider; why there is none, where it has no metrics. */
export async function adviceFrom<C>(
  usage: UsageReader<C> | undefined,
  context: C,
  now: Date
): Promise<readonly Notice[]> {
  if (usage === undefined) return [];
  if (!usage.can) return [note('advice-none', `There is no advice: ${usage.reason}.`)];
  const read = await usage.read(context);
  return read === undefined ? [] : adviceOn(read, now);
}

/** Fewer days say nothing about a month. */
const LEAST_DAYS = 7;
/** Fewer days without a client may be a holiday. */
const IDLE_DAYS = 14;
const IDLE_CPU = 10;
const SMALL = { average: 10, maximum: 40, memory: 50 } as const;
/** Days to a full disk from which on it is told, and from which on it is a warning. */
const DISK_TOLD = 90;
const DISK_WARNED = 30;

/** What the figures suggest, each with its figures. Never acted on. */
export function adviceOn(usage: Usage, now: Date): readonly Notice[] {
  const { days, title } = usage;
  if (days < LEAST_DAYS) {
    return [note('advice-later', `Advice on ${title} needs ${LEAST_DAYS} days of metrics, and there are ${days}.`)];
  }
  const found = [idle(usage) ?? oversized(usage), diskFull(usage, now)].filter(one => one !== undefined);
  if (found.length > 0) return found;
  return [note('advice-none', `Nothing to advise on ${title} by its metrics of ${days} days: ${figuresOf(usage)}.`)];
}

/** No client and no writes, for `IDLE_DAYS`. What a cloud does not measure is no sign of it. */
function idle(usage: Usage): Notice | undefined {
  const { connections, ownConnections: own, cpu, days, title, writes } = usage;
  if (connections === undefined || connections > own) return undefined;
  if (writes === undefined || writes.most > writes.own) return undefined;
  if (cpu !== undefined && cpu.average >= IDLE_CPU) return undefined;
  if (days < IDLE_DAYS) {
    const later = `${title} looks idle so far: ${figuresOf(usage)}. It counts as idle after ${IDLE_DAYS} days.`;
    return note('advice-later', later);
  }
  const save = 'Run `command: stop` where the provider has it, or `command: destroy`.';
  return note('advice-idle', `${title} looks idle: ${figuresOf(usage)}. ${save}`);
}

function oversized(usage: Usage): Notice | undefined {
  const { cpu, memory, size, title } = usage;
  if (cpu === undefined || cpu.average >= SMALL.average || cpu.maximum >= SMALL.maximum) return undefined;
  if (memory !== undefined && memory >= SMALL.memory) return undefined;
  const unknown = memory === undefined ? ' Its use of memory is not known: look at it first.' : '';
  const words = `${title} looks oversized as \`${size}\`: ${figuresOf(usage)}. Try a smaller \`instance_class\`.${unknown}`;
  return note('advice-oversized', words);
}

function diskFull({ disk, title }: Usage, now: Date): Notice | undefined {
  if (disk === undefined) return undefined;
  const points = sinceDrop(disk.used);
  const last = points.at(-1);
  if (last === undefined || points.length < LEAST_DAYS) return undefined;
  const daily = growthOf(points);
  if (daily <= 0) return undefined;
  const left = (disk.gib - last.gib) / daily;
  if (left > DISK_TOLD) return undefined;
  const day = new Date(now.getTime() + Math.max(0, left) * DAY).toISOString().slice(0, 10);
  const grown = `${one(last.gib)} of ${one(disk.gib)} GiB are used, and ${two(daily)} GiB more each day in ${points.length} days`;
  const message = `The disk of ${title} will be full on ${day}: ${grown}. Raise \`allocated_storage\`, or \`max_allocated_storage\`.`;
  return { code: 'advice-disk', severity: left <= DISK_WARNED ? 'warning' : 'info', message };
}

/** A drop from one day to the next that is no daily use: a share of what was used, and GiB. */
const DROP = { share: 0.05, gib: 2 } as const;

/**
 * The days since much was deleted, or since the storage grew: RDS tells what is free, so that the use of the days
 * before is read too high by what was added.
 */
function sinceDrop(points: Disk['used']): Disk['used'] {
  const from = points.findLastIndex(({ gib }, at) => {
    const before = points[at - 1]?.gib ?? gib;
    return before - gib > Math.max(DROP.gib, DROP.share * before);
  });
  return points.slice(Math.max(0, from));
}

/** GiB a day, by the line through all points that is nearest to them. */
function growthOf(points: Disk['used']): number {
  const days = points.map(({ at }) => at.getTime() / DAY);
  const middle = mean(days);
  const height = mean(points.map(({ gib }) => gib));
  const width = days.reduce((sum, day) => sum + (day - middle) ** 2, 0);
  if (width === 0) return 0;
  return points.reduce((sum, { gib }, at) => sum + ((days[at] ?? 0) - middle) * (gib - height), 0) / width;
}

/** `at most 3 connections at once in 14 days, 0.2 writes a second, CPU 2 % on average and 12 % at most`. */
function figuresOf({ connections, ownConnections: own, cpu, memory, days, writes }: Usage): string {
  const ofService = (some: number): string => (some > 0 ? ', those of the service included,' : '');
  return [
    ...(connections === undefined
      ? []
      : [`at most ${connections} connections at once${ofService(own)} in ${days} days`]),
    ...(writes === undefined
      ? []
      : [`at most ${one(writes.most)} ${writes.unit}${ofService(writes.own).replace(/,$/, '')}`]),
    ...(cpu === undefined ? [] : [`CPU ${one(cpu.average)} % on average and ${one(cpu.maximum)} % at most`]),
    ...(memory === undefined ? [] : [`memory ${one(memory)} % at most`])
  ].join(', ');
}

const note = (code: string, message: string): Notice => ({ code, severity: 'info', message });
const one = (value: number): string => String(Math.round(value * 10) / 10);
const two = (value: number): string => String(Math.round(value * 100) / 100);

/** The average; 0 of none. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The highest; `undefined` of none. */
export function highest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((most, value) => Math.max(most, value), 0);
}
